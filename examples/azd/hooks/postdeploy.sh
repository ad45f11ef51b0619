#!/usr/bin/env bash
# The hook that azd runs after a deployment: rolls the new revision out, or back. Its exit code is that of lockgate.
#
# azd hands over its environment: AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, CONTAINER_APP_NAME (an output of the template)
# and, for the deployment that creates the app, SHOP_EXISTS=false.
set -euo pipefail

fail() {
    printf 'postdeploy.sh: error: %s\n' "$1" >&2
    exit 2
}

for name in AZURE_SUBSCRIPTION_ID AZURE_RESOURCE_GROUP CONTAINER_APP_NAME; do
    [[ -n ${!name:-} ]] || fail "$name is not set: \`azd env refresh\` writes it, or \`azd env set $name VALUE\`"
done
command -v lockgate >/dev/null || fail 'lockgate is not on PATH: install the release that your pipelines name'

app=(--app "$CONTAINER_APP_NAME" --resource-group "$AZURE_RESOURCE_GROUP" --subscription "$AZURE_SUBSCRIPTION_ID")

# The first revision has all traffic, and nothing to be compared with. It is named, so that the next one gets none by itself.
if [[ ${SHOP_EXISTS:-true} == false ]]; then
    lockgate pin "${app[@]}"
    azd env set SHOP_EXISTS true
    exit 0
fi

# `exec`, so that Ctrl-C and the end of azd reach lockgate, which rolls back.
exec lockgate rollout "${app[@]}"
