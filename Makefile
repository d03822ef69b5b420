# Two commands matter: `make run` opens a province on this machine, `make test` proves that it works.
# `make run` needs nothing but Go and make.

GO   ?= go
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build test bench generate clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then open the demonstration province at http://127.0.0.1:8080; ARGS="--listen …" passes flags on
	bin/lienthong demo $(ARGS)

# Go's own cache knows what is up to date, so this target always asks it. Without cgo the binary is
# static and runs on any Linux of its architecture.
build: ## build bin/lienthong, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/lienthong ./cmd/lienthong

test: ## install what the tests need where it is missing, then run everything; STAGES="vet race" runs some
	GO="$(GO)" .ci/test $(STAGES)

bench: build ## measure start, memory and submissions beside bare loops over the same SQL
	bin/lienthong bench $(ARGS)

generate: ## write the generated Go files of the page templates anew
	GO="$(GO)" .ci/generate

clean: ## remove what was built; the data folder stays
	rm -rf bin
