"""Print the server's published contracts as one JSON object: what `generate.mjs` makes the types from."""

import json
import sys

from router.protocol.asyncapi import asyncapi_document
from router.protocol.openapi import openapi_document

# The version is none of the types' business: a release changes no file here.
json.dump({"asyncapi": asyncapi_document("0"), "openapi": openapi_document("0")}, sys.stdout)
