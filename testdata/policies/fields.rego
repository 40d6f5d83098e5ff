# What objects will be, not only that they change: repositories are private, and languages are the supported ones.
package terraform.fields

import rego.v1

supported := {"golang", "rust", "java"}

deny contains message if {
	some change in input.resource_changes
	change.type == "CodeRepo"
	change.change.after.git.gitlab.visibility != "private"
	message := sprintf("%s must be private", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.type == "Project"
	change.change.before.language != change.change.after.language
	not change.change.after.language in supported
	message := sprintf("%s: %s is not supported", [change.address, change.change.after.language])
}
