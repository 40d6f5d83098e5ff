# No merge request may delete a repository or a product without somebody from the platform team.
# Written for Terraform's plans (`terraform show -json`), as OPA's documentation does.
package terraform.deletes

import rego.v1

guarded := {"CodeRepo", "Product"}

deny contains message if {
	some change in input.resource_changes
	change.type in guarded
	"delete" in change.change.actions
	message := sprintf("%s would be deleted", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.change.actions == ["delete", "create"]
	message := sprintf("%s would be replaced", [change.address])
}
