internal import BelljarModel

/// What can be done about a step that failed, as far as the end of its log tells: what a sandbox does not have, and what
/// most programs say when they miss it.
struct FailureHint {
    /// For the commands that it names.
    let toolchain: String
    /// Whether that is an archive, to which nothing can be added.
    var isArchive = false
    /// What the build may use.
    var limits = ResourceLimits.standard
    /// Whether anything was placed in /build.
    var hasSources = true

    /// - Parameter log: the last lines.
    /// - Returns: nil if nothing in it is known.
    func remedy(_ log: [String]) -> String? {
        // What a program says first is the cause, and what it says last mostly a consequence; but of several programs it
        // is the last one that failed. The table goes from the telling to the vague.
        for hint in Self.hints {
            for line in log.reversed() {
                if let remedy = hint(line, self) { return remedy }
            }
        }
        return nil
    }

    private static let hints: [@Sendable (String, FailureHint) -> String?] = [
        network, header, library, pythonModule, perlModule, pkgConfig, program, readOnly, memory, unset, source,
    ]

    // MARK: What is missing outside

    @Sendable private static func network(_ line: String, _ hint: FailureHint) -> String? {
        let signs = [
            "Could not resolve host", "Temporary failure in name resolution", "Temporary failure resolving",
            "Name or service not known", "Network is unreachable", "unable to resolve host address",
            "dial tcp: lookup", "getaddrinfo EAI_AGAIN", "getaddrinfo ENOTFOUND", "Unknown host", "bad address '",
            "Failed to establish a new connection",
        ]
        guard signs.contains(where: line.contains) else { return nil }
        return
            "builds have no network: declare what the step fetches in `sources` (archive, file or git), which is fetched "
            + "and checked before the build"
    }

    @Sendable private static func readOnly(_ line: String, _ hint: FailureHint) -> String? {
        guard line.contains("Read-only file system") else { return nil }
        return
            "a build can write below /build, $OUT, /tmp and /var/tmp alone: install with DESTDIR=\"$OUT\", or with a prefix "
            + "below $OUT"
    }

    /// Of memory that a program did not get. What it holds is limited by `memory`, which ends a build and is named then.
    @Sendable private static func memory(_ line: String, _ hint: FailureHint) -> String? {
        let signs = [
            "Cannot allocate memory", "ut of memory", "std::bad_alloc", "virtual memory exhausted", "memory exhausted",
            "MemoryError", "OutOfMemoryError", "OutOfMemory:", "failed to allocate memory",
        ]
        guard signs.contains(where: line.contains) else { return nil }
        let limit = hint.limits.memoryBytes.map { LimitName.memory.text($0) }
        return
            "a program asked for more memory at once than there was. "
            + (limit.map {
                "The recipe allows the build \($0) (`limits: {memory: \($0)}`), and being over that ends it by that name. "
            }
                ?? "The recipe has no limit of memory. ")
            + "Address space is the machine's (memory and swap), or what the step sets with `ulimit`: let it use less, run fewer jobs at "
            + "once (`limits: {cpus: 1}`), or build on a machine with more, which `requires: {memory: 16GiB}` asks for"
    }

    /// `/bin/sh: 2: FOO: parameter not set`, `/bin/sh: line 2: FOO: unbound variable`
    @Sendable private static func unset(_ line: String, _ hint: FailureHint) -> String? {
        let parts = line.split(separator: ":").map { String($0.drop { $0 == " " }) }
        guard parts.count >= 3, parts[0] == "/bin/sh", let last = parts.last, let name = parts.dropLast().last,
            last == "parameter not set" || last == "unbound variable", isName(name)
        else { return nil }
        return
            "nothing of your own environment is in a build: give \(name) a value with `environment: {\(name): ...}` in the recipe, or "
            + "write ${\(name):-} where it may be unset"
    }

    /// Who has only written steps looks for the project's files in vain: for a makefile, a script, what is to be compiled.
    @Sendable private static func source(_ line: String, _ hint: FailureHint) -> String? {
        let isMissing =
            ["no makefile found", "No rule to make target", "can't open", "cannot open"].contains(where: line.contains)
            || line.contains(" error: ") && line.contains("No such file or directory")
            || line.contains(" ./") && line.contains("not found")
        guard !hint.hasSources, isMissing else { return nil }
        return
            "the recipe has no sources, so nothing of the project is in the build: if the step looks for its files, "
            + "`sources: [{local: /}]` places them in /build"
    }

    // MARK: What is missing in the toolchain

    private static func add(_ what: String, _ package: String, _ hint: FailureHint) -> String {
        guard !hint.isArchive else {
            return
                "the toolchain \(hint.toolchain), which was imported, has no \(what): import an archive that has it, or build it in "
                + "a recipe of its own and name that in `inputs`"
        }
        return "the toolchain has no \(what): `belljar toolchain add \(hint.toolchain) PACKAGE`, \(package)"
    }

    /// `/bin/sh: 2: xz: not found`, `bash: line 1: xz: command not found`, `make: xz: No such file or directory`
    @Sendable private static func program(_ line: String, _ hint: FailureHint) -> String? {
        let parts = line.split(separator: ":").map { String($0.drop { $0 == " " }) }
        guard parts.count >= 3, let last = parts.last, let name = parts.dropLast().last,
            last == "not found" || last == "command not found"
                || (last == "No such file or directory" && ["make", "env"].contains(parts[0].prefix { $0 != "[" })),
            isName(name), !name.contains("/")
        else { return nil }
        return add(
            "program \(name)",
            "with the package that has it (`dpkg -S \"$(command -v \(name))\"` where it is installed)", hint)
    }

    /// `x.c:1:10: fatal error: zlib.h: No such file or directory`
    @Sendable private static func header(_ line: String, _ hint: FailureHint) -> String? {
        guard let name = text(in: line, after: "fatal error: ", before: ": No such file or directory") else {
            return nil
        }
        return add("header \(name)", "with the -dev package that has it, unless it is the project's own", hint)
    }

    /// `/usr/bin/ld: cannot find -lz`
    @Sendable private static func library(_ line: String, _ hint: FailureHint) -> String? {
        guard let start = line.range(of: "cannot find -l") else { return nil }
        let name = String(line[start.upperBound...].prefix { !": ".contains($0) })
        guard isName(name) else { return nil }
        return add("library lib\(name)", "with the -dev package that has it", hint)
    }

    /// `ModuleNotFoundError: No module named 'yaml'`
    @Sendable private static func pythonModule(_ line: String, _ hint: FailureHint) -> String? {
        guard let name = text(in: line, after: "No module named '", before: "'") else { return nil }
        return add("Python module \(name)", "mostly python3-\(name.prefix { $0 != "." }.lowercased())", hint)
    }

    /// `Can't locate YAML/Tiny.pm in @INC (...)`
    @Sendable private static func perlModule(_ line: String, _ hint: FailureHint) -> String? {
        guard let path = text(in: line, after: "Can't locate ", before: ".pm in @INC") else { return nil }
        let name = path.split(separator: "/").joined(separator: "-").lowercased()
        return add("Perl module \(path).pm", "mostly lib\(name)-perl", hint)
    }

    /// `Package 'zlib', required by 'virtual:world', not found`, `No package 'zlib' found`
    @Sendable private static func pkgConfig(_ line: String, _ hint: FailureHint) -> String? {
        let name =
            text(in: line, after: "No package '", before: "' found")
            ?? (line.contains("not found") ? text(in: line, after: "Package '", before: "'") : nil)
        guard let name else { return nil }
        return add("\(name).pc", "with the -dev package that has it", hint)
    }

    // MARK: Text

    private static func text(in line: String, after start: String, before end: String) -> String? {
        guard let from = line.range(of: start)?.upperBound,
            let to = line[from...].range(of: end)?.lowerBound, from < to
        else { return nil }
        let found = String(line[from..<to])
        return found.utf8.count <= 100 ? found : nil
    }

    /// A log is a build's own text, and what is repeated of it stands in a command.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "._+-/".utf8.contains($0)
            }
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Substring.Index>? { firstRange(of: text) }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
