# Everything works without Docker. `make` prepares the checkout, `make help` lists the rest.

PYTHON ?= python3
JOBS ?= logical
BIN := .venv/bin
MANAGE := $(BIN)/python src/backend/manage.py
INSTALLED := .venv/installed
# What of Joanie a checkout is installed with: all of it.
EXTRAS := .[braintree,payplug,s3,service,stripe,testing]
SCHEMA := docs/reference/openapi.yaml

# What WeasyPrint loads, and fonts of the documents for Latin and CJK scripts.
DEBIAN_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
	fonts-inter fonts-dejavu-core fonts-droid-fallback
# What the tests run besides.
TEST_PACKAGES := nginx-light

# Values of no worth: Django only looks whether the settings of a production are safe.
PRODUCTION := DJANGO_DEBUG=false \
	DJANGO_SECRET_KEY=a-key-for-a-check-that-never-serves-a-single-request-0123456789 \
	JOANIE_JWT_SIGNING_KEY=another-key-for-a-check-that-never-serves-a-request-987654321 \
	JOANIE_METRICS_TOKEN=a-token-for-a-check-that-never-serves-a-request-5647382910 \
	JOANIE_PUBLIC_BASE_URL=https://joanie.example DATABASE_URL=postgres://localhost/joanie \
	JOANIE_PAYMENT_BACKENDS='{"shop": {"backend": "joanie.payment.backends.stripe.StripeBackend", \
	"configuration": {"secret_key": "sk_test_of_no_worth", "webhook_secret": "whsec_of_no_worth"}}}'

# Settings of the containers, made from the examples beside them and then yours.
SERVICE_SETTINGS := $(basename $(wildcard env.d/*.dist))

# The provider that the sandbox is paid through, and where it tells of payments.
WITH_PROVIDER = $(if $(PROVIDER),JOANIE_PROVIDER=$(PROVIDER))
NOTIFICATIONS := http://127.0.0.1:8071/api/v1.0/payments/notifications

# Where pyenv keeps interpreters: its own command starts those alone that it is told to.
PYENV_PATH := $(subst : /,:/,$(addsuffix :,$(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.*/bin)))

.DEFAULT_GOAL := install
.DELETE_ON_ERROR:
.PHONY: help install system-packages demo replay walk bench test test-matrix conformance soak run worker emulator provider docker-build docker-run docker-stop docker-logs ngrok stop clean migrations \
	schema docs format lint typecheck audit audit-code check check-migrations check-schema check-deploy lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: system-packages $(INSTALLED) ## Create .venv with the versions pinned in constraints.txt
	@echo "Ready. Next: 'make demo' shows Joanie at work, 'make test' runs the tests."

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Joanie needs Python 3.11 or later: try 'make PYTHON=python3.12'."; exit 1; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv \
		|| { echo "Python cannot make .venv: on Debian, 'apt-get install python3-venv'."; exit 1; }
	@echo "Installing the dependencies in .venv: this takes a minute or two."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '$(EXTRAS)' --group dev
	@touch $@

system-packages: ## Install the Debian packages the documents need, or say which are missing
	@missing=$$(for package in $(DEBIAN_PACKAGES); do \
		dpkg-query --show --showformat='$${db:Status-Status}' $$package 2>/dev/null \
			| grep --quiet '^installed' || echo $$package; \
	done); \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing" $$missing; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq \
			&& apt-get install -qq --no-install-recommends $$missing >/dev/null && exit 0; \
	fi; \
	echo "Packages are missing, which documents or tests need: apt-get install" $$missing

demo: system-packages $(INSTALLED) ## Run the demo (ONCE=1 to end by itself; PROVIDER=stripe, payplug or braintree)
	@$(WITH_PROVIDER) $(MANAGE) joanie_demo $(if $(ONCE),--once)

replay: FAULTS ?= $(if $(filter all,$(N)),1,0)
replay: system-packages $(INSTALLED) ## Replay 500 real registrations (N=2000, N=all; FAULTS=1; ROLLING=1; RESTART=1 begins anew)
	@DJANGO_DATABASE_NAME=joanie_replay $(MANAGE) joanie_replay $(N) \
		$(if $(filter 1,$(FAULTS)),--faults) $(if $(filter 1,$(ROLLING)),--rolling) $(if $(RESTART),--restart)

walk: ## Do what the README says in a fresh clone of what is committed (ARGS=--short for less)
	@$(PYTHON) .ci/walk.py $(ARGS)

bench: system-packages $(INSTALLED) ## Measure the speed (QUICK=1 for a look, PROFILE="order creation" for where time goes)
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -qq --no-install-recommends wrk >/dev/null; } \
		|| { echo "The bench sends its requests with wrk, which is missing: apt-get install wrk"; exit 1; }
	@PYTHONPATH=src/backend $(BIN)/python -m benchmarks \
		$(if $(QUICK),--quick) $(if $(PROFILE),--profile "$(PROFILE)")

test: DEBIAN_PACKAGES += $(TEST_PACKAGES)
test: system-packages $(INSTALLED) ## Run the tests (ARGS="-k refund" for some, JOBS=0 for one at a time)
	@$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 $(ARGS)

test-matrix: $(INSTALLED) ## Run the tests with each supported Python and Django there is (ARGS="-k refund" for some)
	@mkdir -p build
	@grep --invert-match '^Django==' constraints.txt > build/constraints-but-django.txt
	@PATH="$(PYENV_PATH)$$PATH" $(BIN)/tox run $(if $(ENVS),-e $(ENVS)) -- $(ARGS)

conformance: system-packages $(INSTALLED) ## Run every clause against every payment backend, and write their table
	@mkdir -p build
	@$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 --junitxml build/conformance.xml \
		src/backend/joanie/payment/conformance
	@$(BIN)/python docs/conformance_table.py build/conformance.xml

soak: system-packages $(INSTALLED) ## Run each race 200 times in a row (N=1000; ARGS="-k seat" for some)
	@JOANIE_RACES=$(or $(N),200) DJANGO_LOG_LEVEL=CRITICAL \
		$(BIN)/python -m pytest -x -s tests/system/races $(ARGS)

run: $(INSTALLED) ## Serve the sandbox on http://127.0.0.1:8071 (PROVIDER=stripe to be paid through it)
	@$(MANAGE) migrate --verbosity 0
	@$(WITH_PROVIDER) $(MANAGE) runserver 127.0.0.1:8071

worker: $(INSTALLED) ## Run the background tasks (with the same PROVIDER)
	@$(WITH_PROVIDER) $(MANAGE) procrastinate worker --concurrency 4

emulator: $(INSTALLED) ## Play a payment provider (PROVIDER=stripe), or an LMS (PROVIDER=openedx); ALLOW_HOST=a-name-of-a-tunnel
	@$(MANAGE) joanie_emulator $(or $(PROVIDER),dummy) $(if $(SECRET),--secret $(SECRET)) \
		$(addprefix --allow-host ,$(ALLOW_HOST)) \
		$(if $(filter openedx,$(PROVIDER)),,--notify $(NOTIFICATIONS)/$(or $(PROVIDER),dummy)/)

provider: $(INSTALLED) ## Write the first files of a payment provider (name=acme, label="Acme Pay")
	@$(MANAGE) joanie_provider $(or $(name),$(error Name it: make provider name=acme)) \
		$(if $(label),--label "$(label)")

docker-build: $(SERVICE_SETTINGS) ## Build the images of the service
	@docker compose --profile demo build

docker-run: PROFILE ?= demo
docker-run: $(SERVICE_SETTINGS) ## Run the service with Docker on http://joanie.localhost:8071 (PROFILE= for a real shop)
	@docker compose $(addprefix --profile ,$(PROFILE)) up --detach --build
	@docker compose ps

docker-stop: ## Stop the service; its data stay
	@docker compose --profile '*' down

docker-logs: ## Follow what the service logs
	@docker compose --profile '*' logs --follow

$(SERVICE_SETTINGS): env.d/%: | env.d/%.dist
	@$(PYTHON) docker/make_settings.py $@

# The password of the database is in both.
env.d/joanie: | env.d/postgresql

ngrok: $(INSTALLED) $(SERVICE_SETTINGS) ## Start a tunnel to this machine, and say where Joanie is then (PORT=8081 for docker-run)
	@$(BIN)/python docker/ngrok/announce.py -- $(if $(shell command -v ngrok),ngrok http $(or $(PORT),8071) --log=stderr,\
		docker compose --profile ngrok up --detach ngrok)

stop: ## Stop the embedded PostgreSQL
	@[ ! -x $(BIN)/python ] \
		|| env -u DATABASE_URL -u DJANGO_DEBUG $(MANAGE) embedded_postgres stop

clean: stop ## Delete the data of the sandbox and the caches
	rm -rf data build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

migrations: $(INSTALLED) ## Write the migrations that the models need
	@$(MANAGE) makemigrations
	@$(BIN)/ruff format --quiet src/backend

schema: $(INSTALLED) ## Write the OpenAPI schema
	@mkdir -p $(dir $(SCHEMA))
	@$(MANAGE) spectacular --validate --file $(SCHEMA)

docs: $(INSTALLED) ## Build the documentation in build/docs, refusing links that lead nowhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict  # with --quiet it counts no warnings

format: $(INSTALLED) ## Format the code and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(INSTALLED) ## Check format, rules and the direction of imports
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint --quiet --lint src/backend
	@$(BIN)/hadolint docker/Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/lint-imports

typecheck: $(INSTALLED) ## Check the types
	@$(BIN)/mypy

check: lint typecheck audit-code check-migrations check-schema check-deploy docs ## Check everything but the tests

audit: audit-code ## Look for known faults in the code and in the pinned dependencies
	@$(BIN)/python .ci/audit_dependencies.py constraints.txt

audit-code: $(INSTALLED) ## Look for known faults in the code
	@mkdir -p build
	@$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src/backend 2>build/bandit.log \
		|| { cat build/bandit.log; exit 1; }

check-migrations: $(INSTALLED) ## Check that no migration is missing
	@$(MANAGE) makemigrations --check --dry-run

check-schema: $(INSTALLED) ## Check that the OpenAPI schema says what the code does
	@mkdir -p build
	@$(MANAGE) spectacular --validate --file build/openapi.yaml
	@diff --unified $(SCHEMA) build/openapi.yaml \
		|| { echo "$(SCHEMA) is not what the code does: run 'make schema'."; exit 1; }

check-deploy: $(INSTALLED) ## Check the settings as a production would have them
	@env $(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

lock: ## Pin the newest versions of everything in constraints.txt
	@$(PYTHON) -m venv --clear build/lock
	@build/lock/bin/python -m pip install --quiet --upgrade pip
	@build/lock/bin/python -m pip install --quiet --editable '$(EXTRAS)' --group dev
	@echo "# Made by 'make lock'." > constraints.txt
	@build/lock/bin/python -m pip list --format=freeze --exclude-editable --exclude setuptools \
		>> constraints.txt
