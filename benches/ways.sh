#!/bin/sh
# How long a refused plan takes with the search for ways out, at three sizes:
#
#     cargo build --release && benches/ways.sh [100 1000 10000]
#
# The manifest of the last product's environment is gone, and its runtime still uses it.
set -eu
nautform=$(cd "$(dirname "$0")/.." && pwd)/target/release/nautform
head='apiVersion: nautes.resource.nautes.io/v1alpha1'
kubeconfig='{clusters: [{name: a, cluster: {server: "https://a.io"}}], users: [{name: a, user: {token: x}}]}'

object() { printf -- '---\n%s\nkind: %s\nspec: {%s}\n' "$head" "$1" "$2"; }

product() {
    git='git: {gitlab: {visibility: private}}'
    object Product "name: $1, $git"
    for project in a b c; do object Project "name: $project, product: $1, language: go"; done
    for repo in r s; do
        object CodeRepo "name: $repo, product: $1, $git"
        object CodeRepoBinding "name: $repo, productName: $1, coderepo: $repo, permissions: readonly, projects: [a]"
    done
    object DeploymentRuntime "name: run, product: $1, projectsRef: [a], destination: {environment: dev}, manifestSource: {codeRepo: r, path: x, targetRevision: main}"
}

[ $# -gt 0 ] || set -- 100 1000 10000
for size in "$@"; do
    directory=$(mktemp -d)
    cd "$directory"
    for number in 0 1 2; do
        object Cluster "name: k$number, apiServer: 'https://10.0.0.$number:6443', clusterKind: kubernetes, clusterType: physical, usage: worker, workerType: deployment, kubeconfig: '$kubeconfig'"
    done > clusters.yaml
    products=$((size / 10))
    number=0
    while [ "$number" -lt "$products" ]; do
        product "p$number" > "p$number.yaml"
        object Environment "name: dev, product: p$number, cluster: k0, envType: dev" > "p$number-dev.yaml"
        number=$((number + 1))
    done
    git init --quiet
    "$nautform" apply --sandbox --auto-approve > apply.log 2>&1 || { tail -5 apply.log; exit 1; }
    git add --all ./*.yaml
    git -c user.name=n -c user.email=n@example.com commit --quiet -m "Everything"
    rm "p$((products - 1))-dev.yaml"
    for way in '' --no-rehearse; do
        # The second reading is warm.
        "$nautform" plan --sandbox --format json $way > plan.json 2> /dev/null || true
        start=$(date +%s%N)
        "$nautform" plan --sandbox --format json $way > plan.json 2> /dev/null || true
        end=$(date +%s%N)
        echo "$size objects, plan $way: $(((end - start) / 1000000)) ms, $(jq -c '.ways_out | [.tried, .complete, (.found | length)]' plan.json)"
    done
    cd /
    rm -rf "$directory"
done
