# One file, no recursion.  `make help` lists the targets.
CONFIG ?= release
CC     ?= cc
PREFIX ?= /usr/local
B      := build/$(CONFIG)

FLAGS_release := -O2 -g
FLAGS_debug   := -O0 -g
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_stress  := $(FLAGS_asan) -DSTRESS
FLAGS         := $(or $(FLAGS_$(CONFIG)),$(error unknown CONFIG '$(CONFIG)'; use release, debug, asan or stress))
WARN          := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wstrict-prototypes \
                 -Wmissing-prototypes $(WERROR)
DEFS          := -I. -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DENIMC_DATADIR='"$(PREFIX)/share/enimc"'

packages := yaml-0.1 jansson z3
LIBS     := $(shell pkg-config --libs $(packages) 2>/dev/null)
DEFS     += $(shell pkg-config --cflags $(packages) 2>/dev/null)

lib_sources := $(wildcard base/*.c model/*.c solver/*.c vectors/*.c import/*.c)
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
.PHONY: check
