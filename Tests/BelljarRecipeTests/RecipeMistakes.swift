/// Every mistake that a recipe can hold, with the place and the words it is reported with.
enum RecipeMistakes {
    private static let digits = RecipeSamples.digits
    private static let outside =
        "; `/PATH` begins at the project's folder, and what lies outside of that can be copied there, or pinned as an archive or a git repository"
    static let epochs =
        "; `git log -1 --format=%ct` prints that of the last commit, `date +%s` that of now, and `auto` takes it from a pinned source"

    static let all = syntax + keys + names + numbers + sources + pins + paths + lists + controls

    private static let syntax: [MistakeRow] = [
        MistakeRow("empty", "", "1:1: the file is empty"),
        MistakeRow(
            "only a comment", "# nothing\n",
            "1:1: the file is empty"),
        MistakeRow(
            "a list", "- name: hello\n",
            "1:1: a recipe must be a mapping, not a list"),
        MistakeRow(
            "a text", "hello\n",
            "1:1: a recipe must be a mapping, not text"),
        MistakeRow(
            "an empty document", "---\n",
            "2:1: a recipe must be a mapping, not nothing"),
        MistakeRow(
            "tab", replacing: "    run: make", with: "\trun: make",
            "12:1: a tab cannot indent or separate here; use spaces"),
        MistakeRow(
            "colon in a text", replacing: "run: make", with: "run: echo a: b",
            "12:16: a colon with a space behind it makes a key, and none can be here: put a text that has one in quotes, or write it below with `|` in front; and indent the keys of one mapping alike"
        ),
        MistakeRow(
            "bad indentation", replacing: "    run: make", with: "   run: make",
            "12:4: did not find expected '-' indicator, while parsing a block collection, which begins in line 11; begin what belongs together in the same column"
        ),
        MistakeRow(
            "unclosed list", replacing: "[usr/bin/hello]", with: "[usr/bin/hello",
            "14:7: did not find expected ',' or ']', while parsing a flow sequence, which begins in line 13"),
        MistakeRow(
            "unclosed quote", replacing: "\"2.10\"", with: "\"2.10",
            "15:1: found unexpected end of stream, while scanning a quoted scalar, which begins in line 2"),
        MistakeRow(
            "missing colon", replacing: "version: \"2.10\"", with: "version \"2.10\"",
            "3:1: could not find expected ':', while scanning a simple key, which begins in line 2"),
        MistakeRow(
            "control character", replacing: "-O2", with: "-O\u{1}2",
            "9:25: the text is not valid UTF-8 without control characters: control characters are not allowed"),
        MistakeRow(
            "second document", RecipeSamples.good + "---\nname: other\n",
            "15:1: a second document begins here; a file holds one"),
        MistakeRow(
            "directive", "%YAML 1.1\n---\n" + RecipeSamples.good,
            "1:1: directives (%YAML, %TAG) are not accepted"),
        MistakeRow(
            "anchor and alias", replacing: "[zlib]", with: "[&a zlib, *a]",
            "8:10: anchors (&name) are not accepted",
            "8:19: aliases (*name) are not accepted; write the value out"),
        MistakeRow(
            "unknown alias", replacing: "[zlib]", with: "*a",
            "8:9: aliases (*name) are not accepted; write the value out"),
        MistakeRow(
            "tag", replacing: "\"2.10\"", with: "!!str 2.10",
            "2:10: tags (!name) are not accepted; the type follows from the key"),
        MistakeRow(
            "own tag", replacing: "[zlib]", with: "!include [zlib]",
            "8:9: tags (!name) are not accepted; the type follows from the key"),
        MistakeRow(
            "merge key", replacing: "{CFLAGS: -O2}", with: "{<<: {A: b}, CFLAGS: -O2}",
            "9:15: merge keys (<<) are not accepted; write the keys out"),
        MistakeRow(
            "list as key", replacing: "{CFLAGS: -O2}", with: "{[a]: b}",
            "9:15: a key must be text, not a list"),
        MistakeRow(
            "too deep", "name: " + String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
            "1:22: nested deeper than 16 levels"),
        MistakeRow(
            "NUL", replacing: "-O2", with: "\"-O\\02\"",
            "9:23: value of CFLAGS \"-O\\u{0}2\" contains a NUL byte"),
    ]

    private static let keys: [MistakeRow] = [
        MistakeRow(
            "unknown key, near", replacing: "sources:", with: "sorces:",
            "5:1: unknown key \"sorces\" in a recipe; did you mean \"sources\"?"),
        MistakeRow(
            "unknown key, far", replacing: "limits: {timeout: 10m}", with: "maintainer: me",
            "14:1: unknown key \"maintainer\" in a recipe; known keys: name, version, toolchain, epoch, sources, inputs, environment, steps, outputs, links, limits, root, controls, seed, recheck, policy, secrets, requires, profile"
        ),
        MistakeRow(
            "duplicate key", replacing: "toolchain: debian-12-c", with: "toolchain: debian-12-c\nname: other",
            "4:1: duplicate key \"name\"; it is already given in line 1"),
        MistakeRow(
            "duplicate key below", replacing: "    run: make", with: "    run: make\n    run: true",
            "13:5: duplicate key \"run\"; it is already given in line 12"),
        MistakeRow(
            "duplicate variable", replacing: "{CFLAGS: -O2}", with: "{A: b, A: c}",
            "9:21: duplicate key \"A\"; it is already given in line 9"),
        MistakeRow(
            "everything missing", "sources: []\n",
            "1:1: missing key \"epoch\" in a recipe: the date that the build sees\(epochs)",
            "1:1: missing key \"name\" in a recipe",
            "1:1: missing key \"outputs\" in a recipe",
            "1:1: missing key \"steps\" in a recipe",
            "1:1: missing key \"toolchain\" in a recipe",
            "1:1: missing key \"version\" in a recipe"),
        MistakeRow(
            "unknown key in a step", replacing: "    run: make", with: "    run: make\n    dir: src",
            "13:5: unknown key \"dir\" in a step; did you mean \"directory\"?"),
        MistakeRow(
            "unknown key in a source", replacing: "    sha256:", with: "    sha257:",
            "6:5: missing key \"sha256\" in a source: without it the source could change while the recipe stays the same (a floating source); `sha256sum FILE` prints it",
            "7:5: unknown key \"sha257\" in a source; did you mean \"sha256\"?"),
        MistakeRow(
            "unknown limit", replacing: "{timeout: 10m}", with: "{time: 10m}",
            "14:10: unknown key \"time\" in limits; did you mean \"timeout\"?"),
        MistakeRow(
            "several mistakes", replacing: "epoch: 1416139200", with: "epoch: soon\ncolour: red\nname: x",
            "4:8: epoch \"soon\" is not a whole number\(epochs)",
            "5:1: unknown key \"colour\" in a recipe; known keys: name, version, toolchain, epoch, sources, inputs, environment, steps, outputs, links, limits, root, controls, seed, recheck, policy, secrets, requires, profile",
            "6:1: duplicate key \"name\"; it is already given in line 1"),
    ]

    private static let names: [MistakeRow] = [
        MistakeRow(
            "capital", replacing: "name: hello", with: "name: Hello",
            "1:7: name \"Hello\" begins with \"H\"; use a-z, 0-9 and, after the first character, . + -; \"hello\" would do"
        ),
        MistakeRow(
            "slash", replacing: "name: hello", with: "name: a/b",
            "1:7: name \"a/b\" contains \"/\"; use a-z, 0-9 and, after the first character, . + -; \"a-b\" would do"),
        MistakeRow(
            "space", replacing: "name: hello", with: "name: a b",
            "1:7: name \"a b\" contains a space; use a-z, 0-9 and, after the first character, . + -; \"a-b\" would do"),
        MistakeRow(
            "not ASCII", replacing: "name: hello", with: "name: h\u{E9}llo",
            "1:7: name \"héllo\" contains \"é\"; use a-z, 0-9 and, after the first character, . + -; \"h-llo\" would do"
        ),
        MistakeRow(
            "empty name", replacing: "name: hello", with: "name: \"\"",
            "1:7: name \"\" is empty"),
        MistakeRow(
            "no name", replacing: "name: hello", with: "name:",
            "1:6: name must be text, not nothing"),
        MistakeRow(
            "null", replacing: "name: hello", with: "name: ~",
            "1:7: name must be text, not nothing"),
        MistakeRow(
            "a list for a name", replacing: "name: hello", with: "name: [hello]",
            "1:7: name must be text, not a list"),
        MistakeRow(
            "long name", replacing: "name: hello", with: "name: " + String(repeating: "a", count: 65),
            "1:7: name \"\(String(repeating: "a", count: 65))\" has 65 bytes; at most 64 are accepted; \"\(String(repeating: "a", count: 64))\" would do"
        ),
        MistakeRow(
            "toolchain climbs", replacing: "debian-12-c", with: "../other",
            "3:12: toolchain \"../other\" begins with \".\"; use a-z, 0-9 and, after the first character, . + -"),
        MistakeRow(
            "version with a space", replacing: "\"2.10\"", with: "2.10 final",
            "2:10: version \"2.10 final\" contains a space; use letters, digits and, after the first character, . _ + ~ : -"
        ),
        MistakeRow(
            "step name", replacing: "- name: build", with: "- name: Build it",
            "11:11: name \"Build it\" begins with \"B\"; use a-z, 0-9 and, after the first character, . _ + -"),
        MistakeRow(
            "variable name", replacing: "CFLAGS:", with: "C-FLAGS:",
            "9:15: variable \"C-FLAGS\" contains \"-\"; use letters, _ and, after the first character, digits"),
        MistakeRow(
            "fixed variable", replacing: "CFLAGS:", with: "PATH:",
            "9:15: variable \"PATH\" cannot be changed: belljar sets it, to the same value in every build"),
        MistakeRow(
            "reserved variable", replacing: "CFLAGS:", with: "BELLJAR_X:",
            "9:15: variable \"BELLJAR_X\" is reserved: names that begin with BELLJAR_ are belljar's own"),
        MistakeRow(
            "variable without a value", replacing: "{CFLAGS: -O2}", with: "{CFLAGS: }",
            "9:23: value of CFLAGS must be text, not nothing"),
        MistakeRow(
            "variable of a list", replacing: "{CFLAGS: -O2}", with: "{CFLAGS: [-O2]}",
            "9:23: value of CFLAGS must be text, not a list"),
        MistakeRow(
            "environment as a list", replacing: "{CFLAGS: -O2}", with: "[CFLAGS=-O2]",
            "9:14: environment must be a mapping, not a list"),
    ]

    private static let sources: [MistakeRow] = [
        MistakeRow(
            "source without a kind", replacing: "  - archive:", with: "  - archiv:",
            "6:5: a source has exactly one of archive, file, local, patch, git; found none",
            "6:5: unknown key \"archiv\" in a source; did you mean \"archive\"?"),
        MistakeRow(
            "two kinds", replacing: "  - archive:", with: "  - local: src\n    archive:",
            "6:5: a source has exactly one of archive, file, local, patch, git; found \"archive\" and \"local\""),
        MistakeRow(
            "source as text", replacing: "inputs: [zlib]", with: "  - src\ninputs: [zlib]",
            "8:5: a source must be a mapping, not text"),
        MistakeRow(
            "strip of a file", replacing: "  - archive:", with: "  - strip: 1\n    file:",
            "6:12: \"strip\" does not go with a source of kind \"file\""),
        MistakeRow(
            "digest of a directory", replacing: "  - archive: debian:pool/main/h/hello/hello_2.10.orig.tar.gz",
            with: "  - local: src",
            "7:13: \"sha256\" does not go with a source of kind \"local\""),
        MistakeRow(
            "strip", replacing: "  - archive:", with: "  - strip: 65\n    archive:",
            "6:12: strip \"65\" is not between 0 and 64"),
        MistakeRow(
            "executable", replacing: "  - archive:", with: "  - executable: yes\n    file:",
            "6:17: executable must be true or false, without quotes"),
        MistakeRow(
            "size", replacing: "  - archive:", with: "  - size: 1KiB\n    archive:",
            "6:11: size \"1KiB\" is not a whole number"),
        MistakeRow(
            "no address", replacing: "debian:pool/main/h/hello/hello_2.10.orig.tar.gz", with: "hello.tar.gz",
            "6:14: archive \"hello.tar.gz\" is not an address: write https://..., or ARCHIVE:PATH for a file on a mirror, such as debian:pool/main/..."
        ),
        MistakeRow(
            "unknown scheme", replacing: "debian:pool/main/h/hello/", with: "ftp://example.org/",
            "6:14: archive \"ftp://example.org/hello_2.10.orig.tar.gz\" has the unknown scheme \"ftp\"; known are https and http"
        ),
        MistakeRow(
            "archive name", replacing: "debian:pool", with: "Debian:pool",
            "6:14: archive \"Debian:pool/main/h/hello/hello_2.10.orig.tar.gz\" names no archive: \"Debian\" may have only lower-case letters, digits and hyphens"
        ),
        MistakeRow(
            "archive without a path", replacing: "debian:pool/main/h/hello/hello_2.10.orig.tar.gz", with: "\"debian:\"",
            "6:14: archive \"debian:\" has no path after the archive's name"),
        MistakeRow(
            "archive path climbs", replacing: "debian:pool", with: "debian:../pool",
            "6:14: archive \"debian:../pool/main/h/hello/hello_2.10.orig.tar.gz\" climbs out of the archive (\"..\")"),
        MistakeRow(
            "absolute archive path", replacing: "debian:pool", with: "debian:/pool",
            "6:14: archive \"debian:/pool/main/h/hello/hello_2.10.orig.tar.gz\" is absolute; paths are relative to the archive"
        ),
        MistakeRow(
            "no host", replacing: "debian:pool", with: "https:///pool",
            "6:14: archive \"https:///pool/main/h/hello/hello_2.10.orig.tar.gz\" names no host"),
        MistakeRow(
            "password", replacing: "debian:pool/", with: "https://me:secret@example.org/",
            "6:14: archive has a user name or password, which would end up in records; configure it on the machine"),
        MistakeRow(
            "fragment", replacing: "debian:pool/main/h/hello/hello_2.10.orig.tar.gz", with: "https://example.org/x#y",
            "6:14: archive \"https://example.org/x#y\" has a fragment (\"#\")"),
        MistakeRow(
            "query without a name", replacing: "archive: debian:pool/main/h/hello/hello_2.10.orig.tar.gz",
            with: "file: https://example.org/get?id=1",
            "6:5: missing key \"name\" in a source: the address has a query, so it does not tell one"),
        MistakeRow(
            "no file name", replacing: "archive: debian:pool/main/h/hello/hello_2.10.orig.tar.gz",
            with: "file: https://example.org/..",
            "6:5: missing key \"name\" in a source: the address does not tell one"),
        MistakeRow(
            "name with a slash", replacing: "  - archive:", with: "  - name: a/b\n    file:",
            "6:11: name \"a/b\" contains a slash; it must be the name of one file"),
    ]

    private static let pins: [MistakeRow] = [
        MistakeRow(
            "no digest", replacing: "    sha256: \(digits)\n", with: "",
            "6:5: missing key \"sha256\" in a source: without it the source could change while the recipe stays the same (a floating source); `sha256sum FILE` prints it"
        ),
        MistakeRow(
            "short digest", replacing: digits, with: "0123abc",
            "7:13: sha256 \"0123abc\" has 7 digits instead of 64"),
        MistakeRow(
            "digest in capitals", replacing: digits, with: digits.uppercased(),
            "7:13: sha256 \"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\" must be in lower case"),
        MistakeRow(
            "no digest at all", replacing: digits, with: "latest",
            "7:13: sha256 \"latest\" is not hexadecimal"),
        MistakeRow(
            "prefixed digest", replacing: digits, with: "sha256:" + digits,
            "7:13: sha256 \"sha256:\(digits)\" must be the digits alone, without \"sha256:\""),
        MistakeRow(
            "md5", replacing: "sha256: \(digits)", with: "md5: 0123",
            "6:5: missing key \"sha256\" in a source: without it the source could change while the recipe stays the same (a floating source); `sha256sum FILE` prints it",
            "7:5: unknown key \"md5\" in a source; a source is pinned by its SHA-256: use \"sha256\""),
        MistakeRow(
            "git without a commit", source: "git: https://example.org/x.git\n    branch: main",
            "6:5: missing key \"commit\" in a source: without it the source could change while the recipe stays the same (a floating source); `git ls-remote ADDRESS BRANCH` prints that of a branch",
            "7:5: unknown key \"branch\" in a source; a source is pinned by the full ID of a commit: use \"commit\""),
        MistakeRow(
            "git with a branch", source: "git: https://example.org/x.git\n    commit: main",
            "7:13: commit \"main\" can mean another commit tomorrow (a floating reference); give the full ID, 40 or 64 lower-case hexadecimal digits, as `git rev-parse` prints it"
        ),
        MistakeRow(
            "git with a short commit", source: "{git: ../x, commit: 0123abc}",
            "6:25: commit \"0123abc\" can mean another commit tomorrow (a floating reference); give the full ID, 40 or 64 lower-case hexadecimal digits, as `git rev-parse` prints it"
        ),
        MistakeRow(
            "git that runs a program", source: "{git: 'ext::sh -c true', commit: \(RecipeSamples.commit)}",
            "6:11: git \"ext::sh -c true\" is neither a path nor an address with a scheme; write ssh://USER@HOST/PATH for USER@HOST:PATH"
        ),
        MistakeRow(
            "git with a password", source: "{git: 'https://me:secret@x/y', commit: \(RecipeSamples.commit)}",
            "6:11: git holds a password, which would end up in records"),
        MistakeRow(
            "git with an option", source: "{git: --upload-pack=x, commit: \(RecipeSamples.commit)}",
            "6:11: git \"--upload-pack=x\" begins with \"-\""),
        MistakeRow(
            "git with an unknown scheme", source: "{git: 'ftp://x/y', commit: \(RecipeSamples.commit)}",
            "6:11: git \"ftp://x/y\" has the unknown scheme \"ftp\"; known are https, http, ssh, git and file"),
    ]

    private static let paths: [MistakeRow] = [
        MistakeRow(
            "output climbs", replacing: "[usr/bin/hello]", with: "[../hello]",
            "13:11: output \"../hello\" climbs out of /out (\"..\")"),
        MistakeRow(
            "output climbs in the middle", replacing: "[usr/bin/hello]", with: "[usr/../../hello]",
            "13:11: output \"usr/../../hello\" climbs out of /out (\"..\")"),
        MistakeRow(
            "absolute output", replacing: "[usr/bin/hello]", with: "[/usr/bin/hello]",
            "13:11: output \"/usr/bin/hello\" is absolute; paths are relative to /out"),
        MistakeRow(
            "output with a slash at its end", replacing: "[usr/bin/hello]", with: "[usr/bin/]",
            "13:11: output \"usr/bin/\" has an empty component (\"//\", or a slash at the end)"),
        MistakeRow(
            "output with an empty component", replacing: "[usr/bin/hello]", with: "[usr//bin]",
            "13:11: output \"usr//bin\" has an empty component (\"//\", or a slash at the end)"),
        MistakeRow(
            "output with a dot", replacing: "[usr/bin/hello]", with: "[./usr]",
            "13:11: output \"./usr\" has a component \".\"; leave it out"),
        MistakeRow(
            "output climbs behind an accent", replacing: "[usr/bin/hello]", with: "[\"../\\u0301\"]",
            "13:11: output \"../\u{301}\" climbs out of /out (\"..\")"),
        MistakeRow(
            "control character in an output", replacing: "[usr/bin/hello]", with: "[\"a\\nb\"]",
            "13:11: output \"a\\nb\" contains a control character"),
        MistakeRow(
            "long component", replacing: "[usr/bin/hello]", with: "[" + String(repeating: "a", count: 256) + "]",
            "13:11: output \"\(String(repeating: "a", count: 80))\"... has a component of more than 255 bytes"),
        MistakeRow(
            "into climbs", replacing: "  - archive:", with: "  - into: ../x\n    archive:",
            "6:11: into \"../x\" climbs out of /build (\"..\")"),
        MistakeRow(
            "into is absolute", replacing: "  - archive:", with: "  - into: /build\n    archive:",
            "6:11: into \"/build\" is absolute; paths are relative to /build"),
        MistakeRow(
            "directory climbs", replacing: "    run: make", with: "    run: make\n    directory: ..",
            "13:16: directory \"..\" climbs out of /build (\"..\")"),
        MistakeRow(
            "local climbs", source: "local: ../src",
            "6:12: local \"../src\" climbs out of the recipe's folder (\"..\")\(outside)"),
        MistakeRow(
            "local climbs out of the project", source: "local: /../src",
            "6:12: local \"/../src\" climbs out of the project (\"..\")\(outside)"),
        MistakeRow(
            "local is empty", source: "local: ''",
            "6:12: local \"\" is empty"),
        MistakeRow(
            "patch climbs", source: "patch: a/../../b",
            "6:12: patch \"a/../../b\" climbs out of the recipe's folder (\"..\")\(outside)"),
    ]

    private static let controls: [MistakeRow] = [
        MistakeRow(
            "unknown control, near", replacing: "{timeout: 10m}", with: "{}\ncontrols: {clok: real}",
            "15:12: unknown key \"clok\" in controls; did you mean \"clock\"?"),
        MistakeRow(
            "unknown control, far", replacing: "{timeout: 10m}", with: "{}\ncontrols: {weather: real}",
            "15:12: unknown key \"weather\" in controls; known keys: addresses, clock, cpu, fs, identity, memory, mtimes, order, owners, random, stat"
        ),
        MistakeRow(
            "another control's state", replacing: "{timeout: 10m}", with: "{}\ncontrols: {clock: sorted}",
            "15:19: clock \"sorted\" is not one of its states: frozen, real"),
        MistakeRow(
            "no state, near", replacing: "{timeout: 10m}", with: "{}\ncontrols: {mtimes: flatt}",
            "15:20: mtimes \"flatt\" is not one of its states: ordinal, flat, real; did you mean \"flat\"?"),
        MistakeRow(
            "a control as a flag", replacing: "{timeout: 10m}", with: "{}\ncontrols: {clock: false}",
            "15:19: clock \"false\" is not one of its states: frozen, real"),
        MistakeRow(
            "controls as a list", replacing: "{timeout: 10m}", with: "{}\ncontrols: [clock]",
            "15:11: controls must be a mapping, not a list"),
        MistakeRow(
            "another root", replacing: "{timeout: 10m}", with: "{}\nroot: real",
            "15:7: root \"real\" is neither user nor fake"),
        MistakeRow(
            "owners against root", replacing: "{timeout: 10m}", with: "{}\nroot: user\ncontrols: {owners: fake}",
            "16:20: owners \"fake\" contradicts `root`; leave owners out, because `root` decides it"),
        MistakeRow(
            "secret for nobody", replacing: "{timeout: 10m}", with: "{}\nsecrets: [{name: token, variable: T}]",
            "15:11: no step lists secret \"token\"; write secrets: [token] in the step that needs it"),
        MistakeRow(
            "step with an unknown secret", replacing: "run: make", with: "run: make\n    secrets: [token]",
            "11:5: step \"build\" lists the secret \"token\", which the recipe does not declare"),
        MistakeRow(
            "secret without a place", replacing: "{timeout: 10m}", with: "{}\nsecrets: [{name: token}]",
            "15:11: a secret has either \"file\" or \"variable\", which says where to read it",
            "15:11: no step lists secret \"token\"; write secrets: [token] in the step that needs it"),
        MistakeRow(
            "secret beside the recipe", replacing: "{timeout: 10m}", with: "{}\nsecrets: [{name: token, file: key}]",
            "15:11: no step lists secret \"token\"; write secrets: [token] in the step that needs it",
            "15:31: file \"key\" must be absolute or begin with ~/, because secrets do not belong in a project"),
        MistakeRow(
            "recheck", replacing: "{timeout: 10m}", with: "{}\nrecheck: some",
            "15:10: recheck \"some\" is neither changed, full nor none"),
        MistakeRow(
            "policy of one build", replacing: "{timeout: 10m}", with: "{}\npolicy: {check: 1}",
            "15:17: check \"1\" is not between 2 and 1000"),
        MistakeRow(
            "empty policy", replacing: "{timeout: 10m}", with: "{}\npolicy: {}",
            "15:9: missing key \"check\" in policy"),
        MistakeRow(
            "links", replacing: "{timeout: 10m}", with: "{}\nlinks: yes",
            "15:8: links \"yes\" is neither keep nor refuse"),
        MistakeRow(
            "empty seed", replacing: "{timeout: 10m}", with: "{}\nseed: ''",
            "15:7: seed \"\" is empty"),
    ]

    private static let lists: [MistakeRow] = [
        MistakeRow(
            "duplicate output", replacing: "[usr/bin/hello]", with: "[a, a]",
            "13:14: duplicate output \"a\"; it is already given in line 13"),
        MistakeRow(
            "output pattern", replacing: "[usr/bin/hello]", with: "[usr/lib/*.so]",
            "13:11: output \"usr/lib/*.so\" is a pattern, and outputs are paths: write each path, or the directory \"usr/lib\"; everything below /out is kept anyway"
        ),
        MistakeRow(
            "no output", replacing: "[usr/bin/hello]", with: "[]",
            "13:10: outputs must have at least one element"),
        MistakeRow(
            "outputs as text", replacing: "[usr/bin/hello]", with: "usr/bin/hello",
            "13:10: outputs must be a list, not text: write [usr/bin/hello]"),
        MistakeRow(
            "duplicate input", replacing: "[zlib]", with: "[zlib, lua, zlib]",
            "8:21: duplicate input \"zlib\"; it is already given in line 8"),
        MistakeRow(
            "itself as input", replacing: "[zlib]", with: "[hello]",
            "8:10: input \"hello\" is the recipe itself"),
        MistakeRow(
            "input with a number", replacing: "[zlib]", with: "[[zlib]]",
            "8:10: input must be text, not a list"),
        MistakeRow(
            "duplicate step", replacing: "    run: make", with: "    run: make\n  - name: build\n    run: true",
            "13:11: duplicate step \"build\"; it is already given in line 11"),
        MistakeRow(
            "no steps", replacing: "steps:\n  - name: build\n    run: make", with: "steps: []",
            "10:8: steps must have at least one element"),
        MistakeRow(
            "step as text", replacing: "  - name: build\n    run: make", with: "  - make",
            "11:5: a step must be a mapping, not text; its keys: name, run, directory, secrets"),
        MistakeRow(
            "empty script", replacing: "run: make", with: "run: \"\"",
            "12:10: run \"\" is empty"),
        MistakeRow(
            "blank script", replacing: "run: make", with: "run: |2\n\n",
            "12:10: run \"\" is empty"),
        MistakeRow(
            "long script", replacing: "run: make", with: "run: " + String(repeating: "a", count: 131_072),
            "12:10: run \"\(String(repeating: "a", count: 80))\"... has 131072 bytes; at most 131071 are accepted: "
                + "Linux gives a program no longer argument (MAX_ARG_STRLEN)"),
        MistakeRow(
            "too many inputs", replacing: "[zlib]",
            with: "[" + (0...256).map { "a\($0)" }.joined(separator: ", ") + "]",
            "8:9: inputs has 257 elements; at most 256 are accepted"),
    ]
}
