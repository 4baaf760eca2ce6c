# Two commands set up everything on a fresh Debian machine: `make demo` and `make test`.
# As root the Debian packages that are missing are installed; otherwise they are only named.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
DEBIAN := python3.11-venv chromium fonts-noto-cjk libatomic1 postgresql-15 prometheus prometheus-alertmanager
export UV_PYTHON_DOWNLOADS := never

.PHONY: install system demo test quick lint types contracts unit bench wheelhouse clean

install: $(VENV)/.installed

system:
	@deploy/debian-packages.sh $(DEBIAN)

$(VENV)/.installed: pyproject.toml uv.lock | system
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is needed (Debian 12 has it)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv sync --quiet --frozen --compile-bytecode
	$(BIN)/python -m compileall -q watcher collectors alerts
	@touch $@

demo: install
	$(BIN)/watcher demo

test: install lint types contracts unit

quick: install lint types
	$(BIN)/pytest -m "not slow" -n 2

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

unit:
	$(BIN)/pytest -n 2 --dist loadscope

bench: install
	$(BIN)/python -m tests.bench

# dist/shouwang-VERSION-offline.tar: an installation without internet (deploy/README.md).
wheelhouse: install
	deploy/offline/build.sh

clean:
	rm -rf $(VENV) var .pytest_cache .mypy_cache .ruff_cache .hypothesis
