"""Calls the SDK of Azure Container Apps against an emulator and prints the answer as JSON.

sdk.py ENDPOINT get | revisions | traffic REVISION=WEIGHT... | image REFERENCE SUFFIX
"""

import json
import os
import sys
import time

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import HeadersPolicy
from azure.mgmt.appcontainers import ContainerAppsAPIClient

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PLACE = ("demo", "shop")


class Token:
    """A token for an emulator that requires none."""

    def get_token(self, *scopes, **options):
        return AccessToken("emulated", int(time.time()) + 3600)


def client(endpoint):
    options = {}
    if endpoint.startswith("http://"):
        # The SDK refuses to send a token over plain HTTP.
        options["authentication_policy"] = HeadersPolicy()
    return ContainerAppsAPIClient(
        Token(),
        SUBSCRIPTION,
        base_url=endpoint,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=os.environ["EMULATED_CA"],
        polling_interval=1,
        **options,
    )


def main(endpoint, command, *arguments):
    sdk = client(endpoint)
    if command == "get":
        return sdk.container_apps.get(*PLACE).as_dict()
    if command == "revisions":
        return [revision.as_dict() for revision in sdk.container_apps_revisions.list_revisions(*PLACE)]
    if command == "traffic":
        shares = [share.split("=") for share in arguments]
        traffic = [{"revisionName": revision, "weight": int(weight)} for revision, weight in shares]
        change = {"configuration": {"ingress": {"traffic": traffic}}}
    elif command == "image":
        image, suffix = arguments
        template = sdk.container_apps.get(*PLACE).as_dict()["properties"]["template"]
        template["containers"][0]["image"] = image
        template["revisionSuffix"] = suffix
        change = {"template": template}
    else:
        sys.exit(f"unknown command {command}")
    return sdk.container_apps.begin_update(*PLACE, {"properties": change}).result().as_dict()


print(json.dumps(main(*sys.argv[1:])))
