use proptest::prelude::*;

use super::*;

fn graph(edges: &[(&'static str, &'static str)]) -> Graph<&'static str, ()> {
    let mut graph = Graph::new();
    edges.iter().for_each(|(from, to)| graph.depend(*from, *to, ()));
    graph
}

#[test]
fn graph_order_is_by_dependency_then_key() {
    let graph = graph(&[("vcluster", "host"), ("env", "vcluster"), ("env", "product"), ("app", "env")]);
    assert_eq!(graph.topological_order(), [&"host", &"product", &"vcluster", &"env", &"app"]);
    assert_eq!(graph.transitive_dependents(&"vcluster"), [&"app", &"env"]);
}

#[test]
fn graph_cycle_starts_at_its_smallest_key() {
    let graph = graph(&[("b", "c"), ("c", "a"), ("a", "b"), ("d", "a"), ("e", "e")]);
    let shown: Vec<String> = graph
        .cycles()
        .iter()
        .map(|steps| {
            steps.iter().map(|step| format!("{}>{}", step.from, step.to)).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(shown, ["a>b b>c c>a", "e>e"]);
}

#[test]
fn graph_soft_edges_yield_to_hard_ones() {
    let mut graph = graph(&[("product", "cluster")]);
    graph.depend_softly("cluster", "product", ());
    graph.depend_softly("cluster", "other", ());
    graph.settle_soft_edges();
    assert!(graph.cycles().is_empty());
    assert_eq!(graph.dependencies(&"cluster").collect::<Vec<_>>(), [&"other"]);
}

#[test]
fn schedule_longest_path_first_one_per_lane() {
    let graph = graph(&[("b2", "b"), ("b3", "b2"), ("c", "a")]);
    let mut schedule = Schedule::new(&graph, |key| key.starts_with('b').then_some('b'));
    assert_eq!(schedule.start(), Some("b"));
    assert_eq!(schedule.start(), Some("a"));
    assert_eq!(schedule.start(), None);
    schedule.rest('b');
    schedule.finish(&"b");
    assert_eq!(schedule.start(), None);
    schedule.wake(&'b');
    assert_eq!(schedule.start(), Some("b2"));
    assert_eq!(schedule.fail(&"b2"), ["b3"]);
    schedule.finish(&"a");
    assert_eq!(schedule.start(), Some("c"));
    schedule.finish(&"c");
    assert!(schedule.is_done());
}

/// The order of the hard edges alone would put "a" first; the soft edge can be followed.
#[test]
fn graph_soft_edges_outside_cycles_are_kept() {
    let mut graph = Graph::new();
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")] {
        graph.depend_softly(from, to, ());
    }
    graph.depend_softly("x", "y", ());
    graph.depend_softly("y", "x", ());
    graph.settle_soft_edges();
    let edges: Vec<String> = graph.edges().iter().map(|(from, to, ())| format!("{from}>{to}")).collect();
    assert_eq!(edges, ["a>b", "a>d", "b>c", "c>d", "y>x"]);
}

#[test]
fn schedule_skips_together_what_has_not_begun() {
    let graph = graph(&[("new", "need"), ("z", "old")]);
    let pairs = [("old", "new"), ("held", "new"), ("paused", "new")];
    let mut graph = graph;
    ["held", "paused"].into_iter().for_each(|key| graph.insert(key));
    let mut schedule = Schedule::new(&graph, |_| None::<()>).skip_together(&pairs);
    let started: Vec<_> = std::iter::from_fn(|| schedule.start()).take(3).collect();
    assert_eq!(started, ["need", "old", "held"]);
    schedule.hold(&"old");
    schedule.resume(&"old");
    schedule.hold(&"held");
    assert_eq!(schedule.start(), Some("old"));
    schedule.hold(&"old");
    assert_eq!(schedule.start(), Some("paused"));
    schedule.pause(&"paused");
    schedule.resume(&"paused");
    schedule.resume(&"old");
    assert_eq!(schedule.fail(&"need"), ["held", "new", "old", "z"]);
    assert_eq!(schedule.start(), Some("paused"), "it has begun");
    schedule.finish(&"paused");
    assert!(schedule.is_done());
}

#[test]
fn schedule_paused_node_frees_its_lane() {
    let graph = graph(&[("b", "a"), ("b2", "b"), ("z", "y")]);
    let mut schedule = Schedule::new(&graph, |_| Some(()));
    assert_eq!(schedule.start(), Some("a"));
    schedule.pause(&"a");
    assert_eq!(schedule.start(), Some("y"));
    schedule.resume(&"a");
    assert_eq!(schedule.start(), None);
    schedule.finish(&"y");
    assert_eq!(schedule.start(), Some("a"));
    schedule.pause(&"a");
    // What pauses can fail too, and takes no lane from the node that has it.
    assert_eq!(schedule.start(), Some("z"));
    assert_eq!(schedule.fail(&"a"), ["b", "b2"]);
    assert_eq!(schedule.start(), None);
    schedule.finish(&"z");
    assert!(schedule.is_done());
}

#[test]
fn graph_drawings_escape_labels() {
    let mut graph = Graph::new();
    graph.depend("a \"quoted\"", "b<br>", ());
    let show = |key: &&str| Shown { label: (*key).to_owned(), ..Shown::default() };
    insta::assert_snapshot!(to_dot(&graph, show), @r#"
    digraph nautform {
      rankdir = LR;
      node [shape = box, fontname = "sans-serif"];
      n0 [label = "a \"quoted\""];
      n1 [label = "b<br>"];
      n1 -> n0;
    }
    "#);
    insta::assert_snapshot!(to_mermaid(&graph, show).unwrap(), @r#"
    flowchart LR
      n0["a #34;quoted#34;"]
      n1["b#60;br#62;"]
      n1 --> n0
    "#);
}

/// Neither hubs nor long chains cost more than their edges; a recursive walk would overflow the stack.
#[test]
fn graph_hubs_and_chains() {
    let mut graph = Graph::new();
    for node in 1..60_000_u32 {
        graph.depend(0, node, ());
        graph.depend(node, node + 1, ());
    }
    assert!(graph.cycles().is_empty());
    assert_eq!(graph.topological_order().first(), Some(&&60_000));
}

fn acyclic() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0_u8..30, 0_u8..30), 0..80).prop_map(|pairs| {
        pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.max(b), a.min(b))).collect()
    })
}

proptest! {
    #[test]
    fn graph_has_cycles_unless_the_order_is_complete(pairs in prop::collection::vec((0_u8..12, 0_u8..12), 0..20)) {
        let mut graph = Graph::new();
        pairs.iter().for_each(|(a, b)| graph.depend(*a, *b, ()));
        prop_assert_eq!(graph.cycles().is_empty(), graph.topological_order().len() == graph.len());
        for steps in graph.cycles() {
            for pair in steps.windows(2) {
                prop_assert_eq!(pair[0].to, pair[1].from);
            }
            prop_assert_eq!(steps.last().map(|step| step.to), steps.first().map(|step| step.from));
        }
    }

    #[test]
    fn graph_soft_edges_never_close_a_cycle(hard in acyclic(), soft in prop::collection::vec((0_u8..30, 0_u8..30), 0..40)) {
        let mut graph = Graph::new();
        hard.iter().for_each(|(a, b)| graph.depend(*a, *b, ()));
        soft.iter().for_each(|(a, b)| graph.depend_softly(*a, *b, ()));
        graph.settle_soft_edges();
        prop_assert!(graph.cycles().is_empty());
    }

    #[test]
    fn schedule_respects_dependencies(
        pairs in acyclic(), failing in prop::collection::btree_set(0_u8..30, 0..4),
        pausing in prop::collection::btree_set(0_u8..30, 0..9), lanes in 1_u8..5, width in 1_usize..6,
    ) {
        let mut graph = Graph::new();
        pairs.iter().for_each(|(a, b)| graph.depend(*a, *b, ()));
        let lane = |key: &u8| Some(key % lanes).filter(|lane| *lane != 0);
        let mut schedule = Schedule::new(&graph, lane);
        let mut running = Vec::new();
        let mut done = Vec::new();
        let mut ended = 0;
        let mut pausing = pausing;
        let mut paused = Vec::new();
        loop {
            while running.len() < width {
                let Some(key) = schedule.start() else { break };
                if pausing.remove(&key) {
                    schedule.pause(&key);
                    paused.push(key);
                    continue;
                }
                prop_assert!(graph.dependencies(&key).all(|needed| done.contains(needed)));
                prop_assert!(lane(&key).is_none() || running.iter().all(|other| lane(other) != lane(&key)));
                running.push(key);
            }
            let Some(key) = running.pop() else {
                let Some(key) = paused.pop() else { break };
                schedule.resume(&key);
                continue;
            };
            ended += 1;
            if failing.contains(&key) {
                ended += schedule.fail(&key).len();
            } else {
                schedule.finish(&key);
                done.push(key);
            }
        }
        prop_assert!(schedule.is_done());
        prop_assert_eq!(ended, graph.len());
    }
}

#[test]
fn put_last_nodes_start_when_nothing_else_is_ready() {
    let graph = graph(&[("x2", "x"), ("x3", "x2"), ("a", "root"), ("b", "root")]);
    let mut schedule = Schedule::new(&graph, |_| Some(())).put_last(|key| *key == "x");
    for expected in ["root", "a", "b", "x", "x2", "x3"] {
        assert_eq!(schedule.start(), Some(expected));
        schedule.finish(&expected);
    }
    assert!(schedule.is_done());
}

#[test]
fn groups_are_kept_together_where_others_do_not_wait() {
    let edges = [("p2", "p"), ("p3", "p2"), ("q2", "q"), ("q3", "q2"), ("x", "q3")];
    let graph = graph(&edges);
    let lane = |key: &&str| Some(usize::from(*key == "x"));
    let group = |key: &&str| key.chars().next();
    let order = |mut schedule: Schedule<&'static str, usize>| {
        std::iter::from_fn(|| {
            let key = schedule.start()?;
            schedule.finish(&key);
            Some(key)
        })
        .collect::<Vec<_>>()
        .join(" ")
    };
    // The other lane waits for all of q.
    let kept = || Schedule::new(&graph, lane).keep_together(group);
    assert_eq!(order(kept()), "q q2 q3 p p2 p3 x");
    let inside = |_: &&str| Some(0_usize);
    assert_eq!(order(Schedule::new(&graph, inside)), "q p q2 p2 q3 p3 x");
    assert_eq!(order(Schedule::new(&graph, inside).keep_together(group)), "q q2 q3 p p2 p3 x");
    // What is put last waits for what is ready in other groups.
    let last = |key: &&str| *key == "q3";
    assert_eq!(order(kept().put_last(last)), "q q2 p p2 p3 q3 x");
}

fn followed(edges: &[(&'static str, &'static str)], pairs: &[(&'static str, &'static str)]) -> String {
    let mut graph = graph(edges);
    graph.follow(pairs, &());
    let new = graph.edges().into_iter().filter(|(from, to, ())| !edges.contains(&(**from, **to)));
    new.map(|(from, to, ())| format!("{from}>{to} ")).collect()
}

#[test]
fn follow_orders_pairs_and_gives_way_in_loops() {
    assert_eq!(followed(&[("old", "user"), ("new", "need")], &[("old", "new")]), "old>new ");
    // What must be deleted first waits for what its successor needs.
    assert_eq!(followed(&[("new", "old"), ("new", "need")], &[("old", "new")]), "old>need ");
    // What must be deleted and created together waits together; what comes in between does not count as a
    // need from outside.
    let edges = [
        ("create host", "delete host"),
        ("delete host", "delete guest"),
        ("delete host", "delete other"),
        ("create guest", "create host"),
        ("create guest", "between"),
        ("between", "delete guest"),
        ("create other", "create host"),
        ("create other", "need"),
    ];
    let pairs = ["host", "guest", "other"].map(|name| {
        let key = |verb: &str| &*format!("{verb} {name}").leak();
        (key("delete"), key("create"))
    });
    assert_eq!(followed(&edges, &pairs), "delete guest>need delete other>delete guest ");
}

proptest! {
    /// Whatever the graph and the pairs: no cycle, and the first of a pair waits for all that the second
    /// waits for, except what waits for the first.
    #[test]
    fn follow_closes_no_cycle_and_leaves_no_need_out(
        edges in prop::collection::vec((0_usize..14, 0_usize..14), 0..40),
        pairs in prop::collection::vec((0_usize..14, 0_usize..14), 0..6),
    ) {
        let mut graph: Graph<usize, ()> = Graph::new();
        for node in 0..14 {
            graph.insert(node);
        }
        edges.iter().filter(|(from, to)| from > to).for_each(|(from, to)| graph.depend(*from, *to, ()));
        let pairs: Vec<(usize, usize)> = pairs.into_iter().filter(|(first, second)| first != second).collect();
        graph.follow(&pairs, &());
        prop_assert!(graph.cycles().is_empty());
        let mut joined = graph.clone();
        pairs.iter().for_each(|(first, second)| joined.depend(*first, *second, ()));
        for (first, second) in &pairs {
            let waits: Vec<&usize> = joined.transitive_dependents(first);
            for need in 0..14 {
                let is_need = graph.transitive_dependents(&need).contains(&second);
                let is_awaited = graph.transitive_dependents(&need).contains(&first);
                prop_assert!(!is_need || is_awaited || need == *first || waits.contains(&&need), "{} {}", first, need);
            }
        }
    }
}
