# belljar's chores. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build release demo test first-hour gallery browser check attacks tools battery parallel idioms suites formats differential fuzz kills kernels ends lint format schemas commands screenshot bench install uninstall dist deb clean

PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 60

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

setup: ## install what is missing of the packages that belljar is built with
	@Scripts/setup.sh build

build: setup ## compile the two programs, optimised, into .build/release
	@Scripts/build.sh

demo: setup ## from the sources to a build of GNU hello that was rebuilt identically
	@Scripts/demo.sh

test: setup ## compile with tests, check the style, run every test
	@Scripts/test.sh

first-hour: release ## do what a newcomer does with a project of each of ten kinds; PROJECTS="go rust" for some
	@Scripts/first-hour.sh .build/stage $(PROJECTS)

gallery: release ## check recipes that each depend on one thing of the host, and hold the cause found against the expected; NAMES="date"
	@Scripts/gallery.sh .build/stage $(NAMES)

browser: release ## look at pages of `diff --html` in headless Chromium
	@Scripts/setup.sh tests
	@Scripts/browser.sh .build/stage

attacks: build ## attack it from inside and outside, without belljar first; ROWS="7 together" for some
	@Scripts/setup.sh attacks
	@Scripts/attacks.sh $(ROWS)

tools: build ## show that sanitizers, debuggers, runtimes and git work inside, with the battery's toolchains
	@Scripts/tools.sh

battery: build ## run probes in three rounds on a host that varies, and compare what they see
	@Scripts/battery.sh
	@Scripts/culprits.sh

parallel: build ## build what runs jobs side by side ROUNDS=20 times in a row under load, and compare digests
	@ROUNDS=$${ROUNDS:-20} Scripts/battery.sh shell make

suites: build ## run other projects' test suites outside and inside, and compare; SUITES="tar python" for some
	@Scripts/setup.sh suites
	@Scripts/suites.sh $(SUITES)

idioms: build ## run the everyday idioms of docs/world.md outside and inside; NAMES="find tar" for some
	@Scripts/idioms.sh $(NAMES)

check: setup ## the style, the rules and the unit tests of what changed: about a minute, while you work
	@Scripts/check.sh

formats: setup ## see what a control that comes later does to records, recipes and stores of before
	@Scripts/formats.sh

differential: setup ## compare random operations on files with controls on and off, for SECONDS=60
	@Scripts/differential.sh $(SECONDS)

fuzz: setup ## give every reader of foreign bytes mutated input under AddressSanitizer, SECONDS=60 each; TARGETS="deb"
	@Scripts/fuzz.sh $(SECONDS) $(TARGETS)

kills: build ## kill belljar at ROUNDS=50 random moments of each command that may take long, and look at what is left
	@SIGNAL=KILL Scripts/ends.sh greeting zlib lua build fetch import rebuild fsck gc export

ends: build ## ask the same and the rest to end, and look also how long it takes
	@Scripts/ends.sh

kernels: build ## boot Debian kernels in QEMU, see what doctor and build say there, and rebuild there; CASES="yama" or CASES="world epyc" for some
	@Scripts/setup.sh kernels
	@Scripts/kernels.sh $(CASES)

lint: ## check the style of the sources
	@Scripts/format.sh lint

format: ## bring the sources into that style
	@Scripts/format.sh format

schemas: build ## write the JSON Schemas in Schemas anew, from what the readers declare
	@.build/release/belljar schema --output Schemas

commands: setup ## write docs/commands.md and docs/mistakes.md anew, from what the program says
	@swift build --build-tests --quiet
	@BELLJAR_WRITE_COMMANDS=1 .build/debug/belljarPackageTests.xctest --testing-library swift-testing --filter CommandsPageTests --filter FirstMistakeTests

screenshot: build ## make docs/progress.svg anew, the picture of a terminal during a build; AFTER=SECONDS since its start
	@Scripts/screenshot.sh $(AFTER)

bench: build ## measure belljar beside other tools; SECTIONS="world init" for a part
	@Scripts/setup.sh bench
	@Scripts/bench.sh $(SECTIONS)

release: build ## lay out what is installed, with completions, man pages and toolchains, in .build/stage
	@Scripts/stage.sh .build/stage

install: ## install below PREFIX (default /usr/local); as root after `make release`, because root compiles nothing
	@Scripts/install.sh "$(DESTDIR)$(PREFIX)"

uninstall: ## remove what `make install` put below PREFIX
	@Scripts/install.sh --remove "$(DESTDIR)$(PREFIX)"

dist: release ## pack it into .build/dist: a tarball that can be unpacked anywhere, and the symbols for debuggers
	@Scripts/dist.sh .build/stage .build/dist

deb: release ## pack it into .build/dist as a Debian package
	@Scripts/deb.sh .build/stage .build/dist

clean: ## remove everything that was built in this folder
	rm -rf .build Benchmarks/.build Fuzz/.build
