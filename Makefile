# aimarket. `make help` lists the targets. One Makefile, not recursive; what is built lies in build/.

VERSION    := 0.1.0
PREFIX     ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)
DESTDIR    ?=
CC         ?= cc
SAN        ?=
B          := build$(if $(SAN),/san)

PKGS     := libpq jansson yajl inih libcrypto zlib libutf8proc
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
            -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wno-unused-parameter -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
SANFLAGS := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all
OPT      := $(if $(SAN),-O1 -g $(SANFLAGS),-O2 -g -D_FORTIFY_SOURCE=2)
CPPFLAGS += -D_GNU_SOURCE -Iinclude -I$(B)/gen -include aimarket/poison.h -DAIMARKET_VERSION='"$(VERSION)"' \
            -DAIMARKET_PREFIX='"$(PREFIX)"' -DAIMARKET_SYSCONFDIR='"$(SYSCONFDIR)"' $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   := -std=gnu17 $(OPT) $(WARN) $(HARDEN) $(CFLAGS_EXTRA)
LDFLAGS  += $(if $(SAN),$(SANFLAGS)) -pie -Wl,-z,relro,-z,now
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lm
FETCH_LIBS := $(shell pkg-config --libs libcurl libbrotlidec libzstd 2>/dev/null)

LIB_SRC   := $(sort $(wildcard lib/*.c lib/*/*.c))
FETCH_SRC := $(wildcard feeds/fetch.c feeds/unpack.c feeds/weburl.c feeds/paging.c)# stand on libcurl: kept apart, so that the command line starts without it
FEEDS_SRC := $(filter-out $(FETCH_SRC),$(sort $(wildcard feeds/*.c)))
CLI_SRC   := $(sort $(wildcard cli/*.c))
UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
obj        = $(patsubst %.c,$(B)/obj/%.o,$(1))
LIB_OBJ   := $(call obj,$(LIB_SRC)) $(B)/obj/gen/sql.o
FEEDS_OBJ := $(call obj,$(FEEDS_SRC))
FETCH_OBJ := $(call obj,$(FETCH_SRC))
CLI_OBJ   := $(call obj,$(CLI_SRC))
UNIT_BIN  := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
CODE_FILES := $(sort $(wildcard sql/load/*.sql)) $(sort $(wildcard sql/api/*.sql))
SQL_FILES := $(sort $(wildcard sql/schema/*.sql)) $(CODE_FILES) $(sort $(wildcard sql/query/*.sql))

.PHONY: all
all: $(B)/aimarket

$(B)/aimarket: $(CLI_OBJ) $(B)/libfeeds.a $(B)/libaimarket.a
	$(CC) $(LDFLAGS) -o $@ $(CLI_OBJ) $(B)/libfeeds.a $(B)/libaimarket.a $(LIBS)

$(B)/libaimarket.a: $(LIB_OBJ)
$(B)/libfeeds.a: $(FEEDS_OBJ)
$(B)/libfetch.a: $(FETCH_OBJ)
$(B)/lib%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/gen/sql.o: $(B)/gen/sql.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# sql/ in the binary: rebuilt when a file changes, comes or goes
$(B)/gen/sql.c: $(SQL_FILES) etc/embed.awk $(B)/gen/sql.list
	@mkdir -p $(@D)
	awk -f etc/embed.awk $(SQL_FILES) > $@.tmp
	sha256sum $(CODE_FILES) /dev/null | sha256sum | sed 's/ .*//; s/.*/const char sql_code_sha256[65] = "&";/' >> $@.tmp
	mv $@.tmp $@
$(B)/gen/sql.list: FORCE
	@mkdir -p $(@D); echo '$(SQL_FILES)' | cmp -s - $@ || echo '$(SQL_FILES)' > $@
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' > $@
.PHONY: FORCE
FORCE:

# ---- unit tests: one program a module
.PHONY: unit
unit: $(UNIT_BIN)
$(B)/unit/%: tests/unit/%.c $(B)/libfeeds.a $(B)/libaimarket.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(UNIT_LIBS) $(B)/libfeeds.a $(B)/libaimarket.a $(LIBS) -lcmocka
FETCH_UNITS := $(B)/unit/test_fetch $(B)/unit/test_unpack $(B)/unit/test_weburl $(B)/unit/test_paging
$(FETCH_UNITS): $(B)/libfetch.a
$(FETCH_UNITS): UNIT_LIBS = $(B)/libfetch.a $(FETCH_LIBS) -lbrotlienc
$(B)/unit/test_fetch: | $(B)/tests/httpd

# the scripted HTTP server that tests fetch from
$(B)/tests/httpd: tests/httpd/httpd.c $(B)/libaimarket.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< $(B)/libaimarket.a $(LIBS) -lssl -lpthread

-include $(LIB_OBJ:.o=.d) $(FEEDS_OBJ:.o=.d) $(FETCH_OBJ:.o=.d) $(B)/tests/httpd.d $(CLI_OBJ:.o=.d) $(addsuffix .d,$(UNIT_BIN))

.PHONY: clean
clean:
	rm -rf build
