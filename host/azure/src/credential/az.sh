#!/bin/sh
# Stands for the Azure command line in tests. The host of the resource that is asked for selects what it does.
# A token is the process's own id, so that no two are the same.
[ "$1 $2 $3 $5 $6" = "account get-access-token --resource --output json" ] || {
  echo "ERROR: unexpected arguments: $*" >&2
  exit 2
}
case "${4#https://}" in
lasting | management.azure.com) echo "{\"accessToken\": \"token-$$\", \"expires_on\": 4102444800, \"tokenType\": \"Bearer\"}" ;;
ending) echo "{\"accessToken\": \"token-$$\", \"expires_on\": 1000000000}" ;;
old-az) echo "{\"accessToken\": \"token-$$\", \"expiresOn\": \"2100-01-01 12:00:00.000000\"}" ;;
logged-out)
  echo "ERROR: Please run 'az login' to setup account." >&2
  exit 1
  ;;
assertion)
  echo "ERROR: AADSTS700024: Client assertion is not within its valid time range." >&2
  exit 1
  ;;
broken)
  echo >&2
  echo "ERROR: The command failed with an unexpected error." >&2
  exit 1
  ;;
garbled) echo '{"accessToken": ["secret"]}' ;;
esac
