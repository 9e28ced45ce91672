# One file, no recursion.  `make help` lists the targets.
CONFIG ?= release
CC     ?= cc
PREFIX ?= /usr/local
B      := build/$(CONFIG)

FLAGS_release := -O2 -g
FLAGS_debug   := -O0 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_stress  := $(FLAGS_asan) -DSTRESS
FLAGS_fuzz    := $(FLAGS_asan) -fsanitize=fuzzer-no-link
FLAGS         := $(or $(FLAGS_$(CONFIG)),$(error unknown CONFIG '$(CONFIG)'; use release, debug, asan or stress))
WARN          := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wstrict-prototypes \
                 -Wmissing-prototypes $(WERROR)
DEFS          := -I. -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DENIMC_DATADIR='"$(PREFIX)/share/enimc"'

packages := yaml-0.1 jansson libmicrohttpd libcurl expat $(if $(Z3_PREFIX),,z3)
LIBS     := $(shell pkg-config --libs $(packages) 2>/dev/null)
DEFS     += $(shell pkg-config --cflags $(packages) 2>/dev/null)

ifdef Z3_PREFIX
DEFS += -I$(Z3_PREFIX)/include
LIBS += -L$(Z3_PREFIX)/lib -Wl,-rpath,$(Z3_PREFIX)/lib -lz3
endif

# compilers and tests need a folder that can be written
ifeq ($(shell file=$$(mktemp 2>/dev/null) && rm "$$file" && echo yes),)
export TMPDIR := $(shell mkdir -p build/tmp && cd build/tmp && pwd)
endif

lib_sources := $(wildcard base/*.c model/*.c solver/*.c wire/*.c vectors/*.c findings/*.c import/*.c replay/*.c)
cli_sources := $(wildcard cli/*.c)
obj          = $(patsubst %.c,$(B)/%.o,$(1))

.DEFAULT_GOAL := enimc

enimc: $(B)/enimc
	@ln -sf $< $@
$(B)/enimc: $(call obj,$(cli_sources)) $(B)/lib.a
	$(CC) $(FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lm
$(B)/lib.a: $(call obj,$(lib_sources))
	@rm -f $@
	ar rcs $@ $^
$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(WARN) $(FLAGS) $(DEFS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
# lanes compute what nobody reads (disabled lanes), so their arithmetic must wrap
$(B)/solver/lanes_%.o: CFLAGS += -fwrapv
$(B)/vectors/schema.o: $(wildcard vectors/schema/*.json)
$(B)/vectors/runner.o: $(wildcard vectors/runners/*)
-include $(patsubst %.o,%.d,$(call obj,$(lib_sources) $(cli_sources)))
.PHONY: enimc

# ---- tests: every program under tests/unit and tests/agree, then the cases ----
unit_sources  := $(wildcard tests/unit/test_*.c)
agree_sources := $(wildcard tests/agree/agree_*.c)
test_programs := $(patsubst %.c,$(B)/%,$(unit_sources) $(agree_sources))
$(test_programs): $(B)/%: $(B)/%.o $(B)/lib.a
	$(CC) $(FLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka -lm
-include $(patsubst %.c,$(B)/%.d,$(unit_sources) $(agree_sources))

check: enimc $(test_programs)  ## run all tests (nothing is installed)
	sh tests/run.sh $(B)

test:  ## install what is missing (apt-get, dnf or brew), build, run all tests
	@sh tests/install.sh tests
	@$(MAKE) --no-print-directory check

# The main job on a bundled real design: a violation, its repair, the same by SMT, a small suite of vectors.
run:  ## install what is missing, build, check a real design
	@sh tests/install.sh build
	@$(MAKE) --no-print-directory enimc
	@sh specs/designs/tour.sh ./enimc build/vectors

bench: enimc  ## criteria for vectors; Spin and Rumur; the server beside moto; each if it is installed
	sh tests/bench/criteria.sh ./enimc
	sh tests/bench/run.sh ./enimc
	sh tests/bench/serve.sh ./enimc

# The suite for the EC2 rulebook; tests/vectors/suite.sh makes it again and compares.
suite_specs := specs/ec2/default.yaml $(sort $(wildcard specs/ec2/universes/*.yaml))
suite: enimc  ## make the committed test vectors again (vectors/suite)
	rm -rf build/suite
	./enimc vectors $(suite_specs) -o build/suite
	rm -rf vectors/suite/vectors vectors/suite/schema
	cp -R build/suite/. vectors/suite/

SECONDS ?= 60
fuzz: enimc  ## mutated specs for SECONDS=60, with SEED=n (best with CONFIG=asan)
	python3 tests/fuzz/fuzz.py $(B)/enimc --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

conformance: enimc  ## boto3, the AWS CLI, pytest and replay against the server (makes build/venv)
	sh tests/conformance/run.sh ./enimc

# Every tests/fuzz/fuzz_NAME.c with its corpus, one after the other; what is found stays in build/fuzz/found.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-lib:  ## the readers under libFuzzer, each for SECONDS=60 (clang); FUZZ=name for one
	@$(MAKE) --no-print-directory CONFIG=fuzz CC=clang $(FUZZ:%=build/fuzz/tests/fuzz/fuzz_%)
	sh tests/fuzz/run.sh build/fuzz $(SECONDS) $(FUZZ)
$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/files.o $(B)/tests/fuzz/server.o $(B)/lib.a
	$(CC) $(FLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS) -lm
.PRECIOUS: $(B)/tests/fuzz/%.o

install: enimc  ## copy program and specs below $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/enimc
	install -m 755 $(B)/enimc $(DESTDIR)$(PREFIX)/bin/enimc
	cp -R specs $(DESTDIR)$(PREFIX)/share/enimc/

format:  ## lay out the C code (clang-format)
	clang-format -i $(wildcard */*.c */*.h tests/*/*.c tests/*/*.h)

clean:  ## remove what was built
	rm -rf build enimc

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 10
	@echo "CONFIG=release|debug|asan|stress   PREFIX=$(PREFIX)   Z3_PREFIX=folder of another Z3"

# Says exactly what is missing before the compiler says it badly.
needed:
	@for p in $(packages); do pkg-config --exists $$p 2>/dev/null || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    echo "missing libraries (pkg-config names):$$missing"; \
	    echo "'make run' installs them; on Debian: apt-get install gcc make pkg-config libyaml-dev libjansson-dev libmicrohttpd-dev libcurl4-openssl-dev libexpat1-dev libz3-dev"; \
	    exit 1; \
	fi
$(call obj,$(lib_sources) $(cli_sources)): | needed
.PHONY: check test run suite bench fuzz fuzz-lib conformance install format clean help needed
