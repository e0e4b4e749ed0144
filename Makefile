# aimarket. `make help` lists the targets. One Makefile, not recursive; what is built lies in build/ (SAN=1: build/san).

VERSION    := 0.1.0
PREFIX     ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
DESTDIR    ?=
CC         ?= cc
SAN        ?=
V          ?=
B          := build$(if $(SAN),/san)
Q          := $(if $(V),,@)
say         = $(if $(V),,@printf '%-5s %s\n' $(1) $(2))

PKGS     := libpq jansson yajl inih libcrypto zlib libzstd libutf8proc libxml-2.0
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
            -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wno-unused-parameter -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
SANFLAGS := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
OPT      := $(if $(SAN),-O1 -g $(SANFLAGS),-O2 -g -D_FORTIFY_SOURCE=2)
CPPFLAGS += -D_GNU_SOURCE -Iinclude -include aimarket/poison.h -DAIMARKET_VERSION='"$(VERSION)"' \
            -DAIMARKET_PREFIX='"$(PREFIX)"' -DAIMARKET_SYSCONFDIR='"$(SYSCONFDIR)"' $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   := -std=gnu17 $(OPT) $(WARN) $(HARDEN) $(CFLAGS_EXTRA)
LDFLAGS  += $(if $(SAN),$(SANFLAGS)) -pie -Wl,-z,relro,-z,now $(LDFLAGS_EXTRA)
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lm
EVENT_LIBS := $(shell pkg-config --libs libevent_core 2>/dev/null)
DAEMON_LIBS := $(shell pkg-config --libs libsystemd libbrotlienc 2>/dev/null)
FETCH_LIBS := $(shell pkg-config --libs libcurl libbrotlidec libzstd 2>/dev/null)
NEEDED   := $(PKGS) libcurl libbrotlidec libbrotlienc libzstd libevent_core libsystemd
COMPILE   = $(CC) $(CPPFLAGS) $(CFLAGS)

LIB_SRC   := $(sort $(wildcard lib/*.c lib/*/*.c))
FETCH_SRC := $(wildcard feeds/fetch*.c feeds/unpack.c feeds/weburl.c feeds/paging.c)# stand on libcurl: kept apart, so that the command line starts without it
FEEDS_SRC := $(filter-out $(FETCH_SRC),$(sort $(wildcard feeds/*.c)))
CLI_SRC   := $(sort $(wildcard cli/*.c))
DAEMON_MAIN := daemon/main.c
DAEMON_SRC := $(filter-out $(DAEMON_MAIN),$(sort $(wildcard daemon/*.c)))# stands on libevent, which the command line does without
UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
ALL_SRC   := $(LIB_SRC) $(FEEDS_SRC) $(FETCH_SRC) $(CLI_SRC) $(DAEMON_MAIN) $(DAEMON_SRC) $(UNIT_SRC) $(wildcard tests/fuzz/*.c tests/httpd/*.c)
obj        = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_OBJ   := $(call obj,$(LIB_SRC)) $(B)/obj/gen/sql.o
FEEDS_OBJ := $(call obj,$(FEEDS_SRC))
FETCH_OBJ := $(call obj,$(FETCH_SRC))
CLI_OBJ   := $(call obj,$(CLI_SRC))
DAEMON_OBJ := $(call obj,$(DAEMON_SRC))
UNIT_BIN  := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
FUZZ_BIN  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
CODE_FILES := $(sort $(wildcard sql/load/*.sql)) $(sort $(wildcard sql/api/*.sql))
SQL_FILES := $(sort $(wildcard sql/schema/*.sql)) $(CODE_FILES) $(sort $(wildcard sql/query/*.sql))

.DELETE_ON_ERROR:
.PHONY: all
all: $(B)/aimarket $(B)/aimarketd ## the programs, at build/aimarket and build/aimarketd (SAN=1: with sanitizers, at build/san; V=1: show commands)

$(B)/aimarket: $(CLI_OBJ) $(B)/libfeeds.a $(B)/libaimarket.a $(B)/sources
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(CLI_OBJ) $(B)/libfeeds.a $(B)/libaimarket.a $(LIBS)

$(B)/aimarketd: $(call obj,$(DAEMON_MAIN)) $(B)/libdaemon.a $(B)/libfetch.a $(B)/libfeeds.a $(B)/libaimarket.a $(B)/sources
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(FETCH_LIBS) $(EVENT_LIBS) $(DAEMON_LIBS) $(LIBS)

$(B)/libaimarket.a: $(LIB_OBJ)
$(B)/libfeeds.a: $(FEEDS_OBJ)
$(B)/libfetch.a: $(FETCH_OBJ)
$(B)/libdaemon.a: $(DAEMON_OBJ)
$(B)/lib%.a: $(B)/sources
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(B)/obj/%.o: %.c $(B)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<
$(B)/obj/gen/sql.o: $(B)/gen/sql.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# sql/ in the binary: rebuilt when a file changes, comes or goes
$(B)/gen/sql.c: $(SQL_FILES) etc/embed.awk $(B)/sources
	$(call say,SQL,$@)
	@mkdir -p $(@D)
	$(Q)awk -f etc/embed.awk $(SQL_FILES) > $@.tmp
	$(Q)sha256sum $(CODE_FILES) /dev/null | sha256sum | sed 's/ .*//; s/.*/const char sql_code_sha256[65] = "&";/' >> $@.tmp
	$(Q)mv $@.tmp $@

$(B)/obj/daemon/api_openapi.o: etc/openapi.json

# Written anew only when they change: another compiler or flag rebuilds all, a file that comes or goes what is made of many.
$(B)/flags: FORCE
	@pkg-config --exists --print-errors $(NEEDED) && echo '#include <csv.h>' | $(CC) -E - >/dev/null || { echo "Something is missing: etc/install-deps installs it." >&2; exit 1; }
	$(shell mkdir -p $(@D))$(file >$@.new,$(COMPILE) $(LDFLAGS) $(LIBS))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(B)/sources: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(ALL_SRC) $(SQL_FILES))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.PHONY: FORCE
FORCE:

# ---- tests: unit and fuzz programs, one a module; the rest is shell (tests/lib.sh)

.PHONY: unit
unit: $(UNIT_BIN) ## the unit test programs
$(B)/unit/%: tests/unit/%.c $(B)/libfeeds.a $(B)/libaimarket.a $(B)/flags
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(TEST_LIBS) $(B)/libfeeds.a $(B)/libaimarket.a $(LIBS) -lcmocka
FETCH_TESTS := $(patsubst feeds/%.c,$(B)/unit/test_%,$(FETCH_SRC)) $(patsubst feeds/%.c,$(B)/fuzz/fuzz_%,$(FETCH_SRC))
$(FETCH_TESTS): $(B)/libfetch.a
$(FETCH_TESTS): TEST_LIBS = $(B)/libfetch.a $(FETCH_LIBS) -lbrotlienc
DAEMON_TESTS := $(patsubst daemon/%.c,$(B)/unit/test_%,$(DAEMON_SRC)) $(B)/fuzz/fuzz_http
$(DAEMON_TESTS): $(B)/libdaemon.a
$(DAEMON_TESTS): TEST_LIBS = $(B)/libdaemon.a $(EVENT_LIBS)
$(B)/unit/test_fetch: | $(B)/tests/httpd

# the scripted HTTP server that tests fetch from
$(B)/tests/httpd: tests/httpd/httpd.c $(B)/libaimarket.a $(B)/flags
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(B)/libaimarket.a $(LIBS) -lssl -lpthread

# daemon/http.c with nothing behind it, to be measured
$(B)/tests/bench-httpd: tests/bench/httpd.c $(B)/libdaemon.a $(B)/libaimarket.a $(B)/flags
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(B)/libdaemon.a $(EVENT_LIBS) $(B)/libaimarket.a $(LIBS)

.PHONY: fuzzers
fuzzers: $(FUZZ_BIN)
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/driver.c $(B)/libfeeds.a $(B)/libaimarket.a $(B)/flags
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(if $(LIBFUZZER),,tests/fuzz/driver.c) $(TEST_LIBS) $(B)/libfeeds.a $(B)/libaimarket.a $(LIBS)

TESTS   ?= $(UNIT_BIN) $(sort $(wildcard tests/*/*.t))
PROVE   := prove --exec tests/tap $(if $(V),--verbose) --timer
SAN_ENV := ASAN_OPTIONS=abort_on_error=0:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

.PHONY: check
check: ## all tests, under the sanitizers; installs what is missing first
	@etc/install-deps check
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory SAN=1 all unit fuzzers run-tests
.PHONY: openapi
openapi: all ## etc/openapi.json anew, from a store of the starter set
	@etc/openapi.sh etc/openapi.json
.PHONY: run-tests
run-tests: $(B)/tests/httpd
	@BUILD=$(B) $(if $(SAN),$(SAN_ENV)) $(PROVE) $(TESTS)

FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: ## every fuzz target for FUZZ_SECONDS (60), by libFuzzer; findings in build/fuzz
	@command -v clang >/dev/null || etc/install-deps lint
	@$(MAKE) --no-print-directory CC=clang SAN=1 LIBFUZZER=1 B=build/fuzz SANFLAGS='$(SANFLAGS) -fsanitize=fuzzer-no-link' run-fuzzers
.PHONY: run-fuzzers
run-fuzzers: LDFLAGS += -fsanitize=fuzzer
run-fuzzers: fuzzers
	@tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

.PHONY: soak
soak: ## exactly once, whole: 500 kills over 200 documents
	@$(MAKE) --no-print-directory all $(B)/tests/httpd
	@AIMARKET_SOAK=1 BUILD=$(B) $(PROVE) tests/fault/daemon_kill.t

.PHONY: attack
attack: ## the API under sqlmap and slowhttptest; installs them first, takes minutes
	@etc/install-deps attack
	@$(MAKE) --no-print-directory SAN=1 all
	@BUILD=build/san $(SAN_ENV) $(PROVE) tests/api/attack

.PHONY: bench
bench: all ## measure: ratios in one run, medians of five
	@tests/bench/run

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(FEEDS_OBJ) $(FETCH_OBJ) $(CLI_OBJ) $(DAEMON_OBJ) $(call obj,$(DAEMON_MAIN))) $(addsuffix .d,$(UNIT_BIN) $(FUZZ_BIN) $(B)/tests/httpd)

# ---- the tour

.PHONY: demo demo-clean
demo: ## from nothing to answers: installs what is missing, builds, loads the starter set, shows a tour
	@etc/install-deps build
	@$(MAKE) --no-print-directory all
	@etc/demo.sh
demo-clean: ## removes every trace of it
	@etc/demo.sh clean

# ---- looking after the source

.PHONY: fmt lint
fmt: ## lay out all C anew
	clang-format -i $(ALL_SRC) $(wildcard include/aimarket/*.h feeds/*.h daemon/*.h tests/*/*.h)
SCRIPTS := etc/install-deps tests/tap tests/lib.sh tests/fault/systemd_boot .ci/run $(wildcard etc/*.sh tests/*/*.t tests/*/run)
lint: compile_commands.json ## clang-tidy, cppcheck and shellcheck
	@etc/install-deps lint
	$(Q)printf '%s\n' $(ALL_SRC) | xargs -P 2 -n 4 clang-tidy --quiet -p .
	$(Q)cppcheck --quiet --inline-suppr --std=c11 --language=c --enable=warning,performance,portability --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=uninitvar --suppress=uninitStructMember -D_GNU_SOURCE -DAIMARKET_VERSION='""' -DAIMARKET_PREFIX='""' \
		-DAIMARKET_SYSCONFDIR='""' -Iinclude --include=include/aimarket/poison.h lib cli feeds daemon
	$(Q)shellcheck --severity=warning --external-sources $(SCRIPTS)

compile_commands.json: Makefile $(B)/flags $(B)/sources ## for editors and clang-tidy
	$(file >$@.new,$(COMPILE))
	@printf '%s\n' $(ALL_SRC) | COMMAND=$$(sed 's/[\\"]/\\&/g' $@.new) DIR='$(CURDIR)' awk ' \
		{ printf "%s{\"directory\":\"%s\",\"file\":\"%s\",\"command\":\"%s -c %s\"}", (NR > 1 ? ",\n" : "[\n"), ENVIRON["DIR"], $$0, ENVIRON["COMMAND"], $$0 } \
		END { print "\n]" }' > $@
	@rm $@.new

# ---- installing

BINDIR  = $(DESTDIR)$(PREFIX)/bin
SHARE   = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = $(SHARE)/bash-completion/completions/aimarket $(SHARE)/zsh/site-functions/_aimarket $(SHARE)/fish/vendor_completions.d/aimarket.fish
MANUALS = $(SHARE)/man/man1/aimarket.1 $(SHARE)/man/man5/aimarket-feeds.5 $(SHARE)/man/man5/aimarket-checks.5 $(SHARE)/man/man5/aimarket.conf.5 $(SHARE)/man/man8/aimarketd.8
UNITDIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
UNITS   = $(notdir $(wildcard etc/systemd/*))
CONFIG  = $(DESTDIR)$(SYSCONFDIR)/aimarket
FEEDS   = $(wildcard etc/feeds.d/*.conf)
CHECKS  = $(wildcard etc/checks.d/*.sql)
GRAFANA = $(shell find etc/grafana -type f)
DATA    = $(shell find data -type f 2>/dev/null)
.PHONY: install uninstall dist
install: all ## DESTDIR= PREFIX=/usr/local SYSCONFDIR=
	install -D -m 755 $(B)/aimarket $(BINDIR)/aimarket
	install -D -m 755 $(B)/aimarketd $(BINDIR)/aimarketd
	install -d $(UNITDIR)
	for u in $(UNITS); do sed 's#@BINDIR@#$(PREFIX)/bin#' etc/systemd/$$u > $(UNITDIR)/$$u || exit; done
	install -D -m 644 etc/sysusers.d/aimarket.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/aimarket.conf
	install -D -m 644 etc/tmpfiles.d/aimarket.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/aimarket.conf
	for f in $(FEEDS); do install -D -m 644 $$f $(CONFIG)/feeds.d/$${f##*/} || exit; done
	for f in $(CHECKS); do install -D -m 644 $$f $(CONFIG)/checks.d/$${f##*/} || exit; done
	for f in $(GRAFANA); do install -D -m 644 $$f $(SHARE)/aimarket/$${f#etc/} || exit; done
	for f in $(DATA); do install -D -m 644 $$f $(SHARE)/aimarket/$$f || exit; done
	install -d $(dir $(COMPLETIONS)) $(dir $(MANUALS)) $(SHARE)/doc/aimarket
	$(B)/aimarket completion bash > $(word 1,$(COMPLETIONS))
	$(B)/aimarket completion zsh > $(word 2,$(COMPLETIONS))
	$(B)/aimarket completion fish > $(word 3,$(COMPLETIONS))
	for m in $(MANUALS); do p=$${m##*/}; $(B)/aimarket man $${p%.?} > $$m || exit; done
	$(B)/aimarket config sample > $(SHARE)/doc/aimarket/aimarket.conf
uninstall: ## removes what install put there
	rm -f $(BINDIR)/aimarket $(BINDIR)/aimarketd $(COMPLETIONS) $(MANUALS) $(addprefix $(CONFIG)/feeds.d/,$(notdir $(FEEDS))) $(addprefix $(CONFIG)/checks.d/,$(notdir $(CHECKS)))
	rm -f $(addprefix $(UNITDIR)/,$(UNITS)) $(DESTDIR)$(PREFIX)/lib/sysusers.d/aimarket.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/aimarket.conf
	rm -rf $(SHARE)/aimarket $(SHARE)/doc/aimarket
	rmdir $(CONFIG)/feeds.d $(CONFIG)/checks.d $(CONFIG) 2>/dev/null || :
dist: ## the source of the last commit, at build/aimarket-VERSION.tar.gz
	@mkdir -p build
	git archive --prefix=aimarket-$(VERSION)/ -o build/aimarket-$(VERSION).tar.gz HEAD

.PHONY: help clean
help: ## this list
	@awk -F ':.*## ' '/^[a-z_.-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile
clean: ## removes build/
	rm -rf build compile_commands.json
