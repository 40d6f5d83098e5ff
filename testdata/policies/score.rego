# The blast radius of a plan, as in OPA's Terraform tutorial: each kind of action on each type has a weight.
package terraform.analysis

import rego.v1

blast_radius := 30

weights := {
	"Cluster": {"delete": 100, "create": 10, "modify": 5},
	"Project": {"delete": 10, "create": 1, "modify": 1},
}

resource_types := {"Cluster", "Project"}

default authz := false

authz if {
	score < blast_radius
	not touches_clusters
}

score := s if {
	all_resources := [x |
		some resource_type, crud in weights
		del := crud["delete"] * num_deletes[resource_type]
		new := crud["create"] * num_creates[resource_type]
		mod := crud["modify"] * num_modifies[resource_type]
		x := (del + new) + mod
	]
	s := sum(all_resources)
}

touches_clusters if {
	all_resources := resources["Cluster"]
	count(all_resources) > 0
}

resources[resource_type] := all_resources if {
	some resource_type in resource_types
	all_resources := [name |
		name := input.resource_changes[_]
		name.type == resource_type
		not name.change.actions == ["no-op"]
	]
}

num_creates[resource_type] := num if {
	some resource_type in resource_types
	all_resources := resources[resource_type]
	creates := [res | res := all_resources[_]; "create" in res.change.actions]
	num := count(creates)
}

num_deletes[resource_type] := num if {
	some resource_type in resource_types
	all_resources := resources[resource_type]
	deletions := [res | res := all_resources[_]; "delete" in res.change.actions]
	num := count(deletions)
}

num_modifies[resource_type] := num if {
	some resource_type in resource_types
	all_resources := resources[resource_type]
	modifies := [res | res := all_resources[_]; "update" in res.change.actions]
	num := count(modifies)
}
