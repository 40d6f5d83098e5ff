// Asks yaml-language-server, which is what VS Code's YAML extension runs, about manifests: what comes with nautform has no mistakes,
// mistakes are found in every document of a file, and completion offers the fields of one kind.
//
//     node .ci/editor.mjs SETTINGS FILE...    settings.json as `nautform init` writes it, and good files; NODE_PATH has the server
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [settingsFile, ...files] = process.argv.slice(2);
const root = path.dirname(path.dirname(path.resolve(settingsFile)));
const mapped = JSON.parse(fs.readFileSync(settingsFile, "utf8"))["yaml.schemas"];
const schemas = Object.fromEntries(Object.entries(mapped).map(([schema, names]) => [pathToFileURL(path.join(root, schema)).href, names]));
const settings = { validate: true, completion: true, schemaStore: { enable: false }, schemas };
const bin = path.join(process.env.NODE_PATH, "yaml-language-server/bin/yaml-language-server");
const server = spawn(process.execPath, [bin, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const answers = new Map();
const found = new Map();
let buffer = Buffer.alloc(0);
let last = 0;

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  server.stdin.write(body);
}
const request = (method, params) => new Promise((resolve) => {
  answers.set(++last, resolve);
  send({ id: last, method, params });
});
function received(message) {
  if (message.id !== undefined && message.method) {
    const items = message.method === "workspace/configuration" ? message.params.items : [];
    send({ id: message.id, result: items.map((item) => (item.section === "yaml" ? settings : {})) });
  } else if (message.id !== undefined) {
    answers.get(message.id)?.(message.result);
  } else if (message.method === "textDocument/publishDiagnostics") {
    found.get(message.params.uri)?.(message.params.diagnostics);
  }
}
server.stdout.on("data", (data) => {
  buffer = Buffer.concat([buffer, data]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, Math.max(end, 0)))?.[1]);
    if (end < 0 || buffer.length < end + 4 + length) return;
    const message = JSON.parse(buffer.subarray(end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
    received(message);
  }
});

const open = (file, text) => new Promise((resolve) => {
  const uri = pathToFileURL(path.resolve(file)).href;
  found.set(uri, resolve);
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
});
const failures = [];
const expect = (message, holds) => holds || failures.push(message);

const uri = pathToFileURL(root).href;
const capabilities = { textDocument: { completion: {}, publishDiagnostics: {} }, workspace: { configuration: true, workspaceFolders: true } };
await request("initialize", { processId: process.pid, rootUri: uri, capabilities, workspaceFolders: [{ uri, name: "fleet" }] });
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings: { yaml: settings } } });
for (const file of files) {
  for (const one of await open(file, fs.readFileSync(file, "utf8"))) failures.push(`${file}:${one.range.start.line + 1}: ${one.message}`);
}
const head = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";
const wrong = path.join(path.dirname(files[0]), "wrong.yaml");
const text = `${head}kind: CodeRepo\nspec:\n  name: a\n  \n---\n${head}kind: Project\nmetadata: {annotations: {nautform.dev/prevent-destory: "true"}}\nspec: {name: X, product: shop, langage: go}\n`;
const messages = (await open(wrong, text)).map((one) => one.message).join("\n");
for (const part of ["prevent-destory", "langage", "does not match"]) expect(`a mistake is not found in the second document: ${part}`, messages.includes(part));
const position = { line: 4, character: 2 };
const answer = await request("textDocument/completion", { textDocument: { uri: pathToFileURL(path.resolve(wrong)).href }, position });
const labels = (answer?.items ?? []).map((item) => item.label);
expect(`completion lacks fields: ${labels}`, ["product", "project", "git", "webhook"].every((label) => labels.includes(label)));
expect(`completion offers other kinds or spellings: ${labels}`, !["projects", "permissions", "deployment_runtime", "code_repo"].some((label) => labels.includes(label)));
server.kill();
for (const failure of failures) console.error(`editor: ${failure}`);
console.log(`editor: ${files.length} files, ${labels.length} completions, ${failures.length} failures`);
process.exit(failures.length ? 1 : 0);
