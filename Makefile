# Targets for people; .ci/run calls test. Every target installs what it needs on Debian.

BIN := bin/understudy

.PHONY: build test check unit race fuzz e2e bench conformance tools node lint docs

build: ## the program, one static file, into bin/
	CGO_ENABLED=0 go build -o $(BIN) ./cmd/understudy

test: ## everything that must pass: checks, unit tests, race detector, fuzz seeds, end to end
	./.ci/test

check: ## formatting and vet, for Linux, macOS and Windows
	./.ci/test check

unit: ## unit tests, recorded nginx answers
	./.ci/test unit

race: ## the packages under the race detector
	./.ci/test race

fuzz: ## every fuzz target, briefly
	./.ci/test fuzz

e2e: ## ws, wscat, Chromium, 9,000 tunnels, reloads
	./.ci/test e2e

tools: ## installs nginx, Node.js, Chromium, wrk from Debian where they are missing
	./.ci/install

node: ## installs the npm packages of the end-to-end tests
	cd testdata/node && npm install --no-package-lock --no-audit --no-fund --loglevel=error

bench: tools ## nginx and Understudy in turn, a table of ratios; BENCH="-only small-64 -rounds 3" for less
	go run ./bench $(BENCH)

docs: ## the tables of directives in README.md and docs/, from the declarations
	go run ./docs/generate

# nginx's own suite, which is not part of this repository: NGINX_TESTS names a clone of nginx/nginx-tests,
# TESTS what to run of it (file.t or a glob), everything if empty.
conformance: build
	@test -n "$(NGINX_TESTS)" || { echo "set NGINX_TESTS to a clone of nginx/nginx-tests" >&2; exit 2; }
	cd "$(NGINX_TESTS)" && TEST_NGINX_BINARY="$(CURDIR)/$(BIN)" prove $(or $(TESTS),.)

lint: ## golangci-lint, where it is installed
	golangci-lint run
