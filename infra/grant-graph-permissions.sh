#!/usr/bin/env bash
# Gives the managed identity the application permissions of Microsoft Graph that the sync needs. Bicep's built-in types can't. What is
# granted already stays as it is: run it as often as you like.
#
#   infra/grant-graph-permissions.sh IDENTITY-PRINCIPAL-ID [PERMISSION ...]
#
# Needs the Azure CLI, signed in to the tenant of the identity as a Privileged Role Administrator.
set -euo pipefail

# users, users/delta, deleted users · the check that the credential belongs to the tenant that the connection names:
# https://learn.microsoft.com/graph/api/organization-list · who is in the groups that the configuration names:
# https://learn.microsoft.com/graph/api/group-delta
permissions=(User.Read.All Organization.Read.All GroupMember.Read.All)
graph_app_id=00000003-0000-0000-c000-000000000000

fail() {
  echo "$*" >&2
  exit 1
}

principal_id=${1:-}
[[ $principal_id =~ ^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$ ]] ||
  fail "Usage: $0 IDENTITY-PRINCIPAL-ID [PERMISSION ...]
The id is the deployment's output identityPrincipalId (a GUID)."
shift
permissions+=("$@")

command -v az >/dev/null || fail 'The Azure CLI (az) is not on PATH.'
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv) || fail 'Sign in first: az login'
graph=${graph%/}/v1.0

rest() { az rest --output tsv "$@"; }

identity_name=$(rest --method get --url "$graph/servicePrincipals/$principal_id" --query displayName) ||
  fail "There is no identity $principal_id in this tenant (az account show tells which one it is)."
graph_id=$(rest --method get --url "$graph/servicePrincipals(appId='$graph_app_id')" --query id)
granted=$(rest --method get --url "$graph/servicePrincipals/$principal_id/appRoleAssignments?\$top=999" \
  --query "value[?resourceId=='$graph_id'].appRoleId")

for permission in "${permissions[@]}"; do
  role_id=$(rest --method get --url "$graph/servicePrincipals/$graph_id" \
    --query "appRoles[?value=='$permission' && contains(allowedMemberTypes, 'Application')].id | [0]")
  [[ -n $role_id && $role_id != None ]] || fail "Microsoft Graph has no application permission $permission."
  if grep -qxF "$role_id" <<<"$granted"; then
    echo "$permission: $identity_name has it already"
    continue
  fi
  rest --method post --url "$graph/servicePrincipals/$graph_id/appRoleAssignedTo" \
    --headers 'Content-Type=application/json' \
    --body "{\"principalId\":\"$principal_id\",\"resourceId\":\"$graph_id\",\"appRoleId\":\"$role_id\"}" >/dev/null ||
    fail "$permission could not be granted: that takes a Privileged Role Administrator."
  echo "$permission: granted to $identity_name"
  granted+=$'\n'$role_id
done

echo 'A running app may keep its old token for up to 24 hours; restart it to use the new permissions at once.'
