"""Validates files against the schema of their reader; prints what is wrong and exits with 1."""

import json
import sys

kind, schema, *files = sys.argv[1:]
wrong = []
if kind == "sarif":
    import jsonschema

    with open(schema, encoding="utf-8") as file:
        document = json.load(file)
    validator = jsonschema.validators.validator_for(document)(document)
    for name in files:
        with open(name, encoding="utf-8") as file:
            for error in validator.iter_errors(json.load(file)):
                wrong.append(f"{name}: {error.json_path}: {error.message[:300]}")
elif kind == "junit":
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(schema))
    for name in files:
        if not schema.validate(etree.parse(name)):
            wrong.extend(f"{name}: {error}" for error in schema.error_log)
else:
    wrong.append(f"no schema for {kind}")
print("\n".join(wrong[:20]))
sys.exit(bool(wrong))
