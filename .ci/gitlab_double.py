"""A double of what the pipelines ask of GitLab: notes of merge requests, commits, and managed states.

usage: gitlab_double.py [PORT]; prints its URL. Project 7; tokens `plan` (user 41, project_7_bot) and `dev` (user 77).
POST /_merge {"commit": "...", "iid": 12} merges a merge request; GET /_notes shows all notes.
"""
import http.server
import json
import re
import sys
import threading
import urllib.parse

USERS = {"plan": {"id": 41, "username": "project_7_bot"}, "dev": {"id": 77, "username": "dev"}}
notes, history, states, locks = [], [], {}, {}
guard = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None, raw=None):
        body = raw if raw is not None else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def go(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with guard:
            if url.path == "/_notes":
                return self.answer(200, notes)
            if url.path == "/_merge":
                history.append(json.loads(raw))
                return self.answer(200)
            path = url.path.removeprefix("/api/v4/")
            if state := re.fullmatch(r"projects/7/terraform/state/([^/]+)(/lock)?", path):
                return self.state(state[1], bool(state[2]), raw)
            user = USERS.get(self.headers.get("private-token"))
            if not user:
                return self.answer(401, {"message": "401 Unauthorized"})
            if path == "user":
                return self.answer(200, user)
            if found := re.fullmatch(r"projects/7/merge_requests/(\d+)/notes(?:/(\d+))?", path):
                return self.notes(user, int(found[1]), found[2], json.loads(raw or b"{}"))
            return self.repository(path.removeprefix("projects/7/repository/"), query)

    def notes(self, user, iid, number, body):
        if self.command == "GET":
            return self.answer(200, [note for note in notes if note["noteable_iid"] == iid])
        if self.command == "POST":
            notes.append({"id": len(notes) + 1, "noteable_iid": iid, "author": user, "system": False, **body})
            return self.answer(201, notes[-1])
        note = notes[int(number) - 1]
        if note["author"] != user:
            return self.answer(403, {"message": "403 Forbidden"})
        note.update(body)
        return self.answer(200, note)

    def repository(self, path, query):
        ids = [merged["commit"] for merged in history]
        if path == "compare":
            between = ids[ids.index(query["from"]) + 1 : ids.index(query["to"]) + 1]
            return self.answer(200, {"commits": [{"id": commit} for commit in between]})
        if path == "commits":
            return self.answer(200, [{"id": commit} for commit in ids])
        if found := re.fullmatch(r"commits/([0-9a-f]+)/merge_requests", path):
            requests = [merged["iid"] for merged in history if merged["commit"] == found[1]]
            shown = [{"iid": iid, "state": "merged", "target_branch": "main"} for iid in requests if iid]
            return self.answer(200, shown)
        return self.answer(404, {"message": "404 Not found"})

    def state(self, name, is_lock, raw):
        if is_lock:
            if self.command == "DELETE":
                locks.pop(name, None)
                return self.answer(200)
            if name in locks:
                return self.answer(409, locks[name])
            locks[name] = json.loads(raw)
            return self.answer(200)
        if self.command == "POST":
            states[name] = raw
            return self.answer(200)
        return self.answer(200, raw=states[name]) if name in states else self.answer(404)

    do_GET = do_POST = do_PUT = do_DELETE = go


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
