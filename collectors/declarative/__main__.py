"""`python -m collectors.declarative` prints the JSON Schema that is kept beside this file."""

import json

from collectors.declarative import json_schema

if __name__ == "__main__":
    print(json.dumps(json_schema(), ensure_ascii=False, indent=1))
