internal import BelljarModel

/// What can be done about a step that failed, as far as the end of its log tells: what a sandbox does not have, and what
/// most programs say when they miss it.
struct FailureHint {
    /// For the commands that it names.
    let toolchain: String

    /// - Parameter log: the last lines.
    /// - Returns: nil if nothing in it is known.
    func remedy(_ log: [String]) -> String? {
        // What a program says first is the cause, and what it says last mostly a consequence; but of several programs it
        // is the last one that failed. The table goes from the telling to the vague.
        for hint in Self.hints {
            for line in log.reversed() {
                if let remedy = hint(line, toolchain) { return remedy }
            }
        }
        return nil
    }

    private static let hints: [@Sendable (String, String) -> String?] = [
        network, header, library, pythonModule, perlModule, pkgConfig, program, readOnly,
    ]

    // MARK: What is missing outside

    @Sendable private static func network(_ line: String, _ toolchain: String) -> String? {
        let signs = [
            "Could not resolve host", "Temporary failure in name resolution", "Temporary failure resolving",
            "Name or service not known", "Network is unreachable", "unable to resolve host address",
            "dial tcp: lookup", "getaddrinfo EAI_AGAIN", "Unknown host",
        ]
        guard signs.contains(where: line.contains) else { return nil }
        return
            "builds have no network: declare what the step fetches in `sources` (archive, file or git), which is fetched "
            + "and checked before the build"
    }

    @Sendable private static func readOnly(_ line: String, _ toolchain: String) -> String? {
        guard line.contains("Read-only file system") else { return nil }
        return
            "a build can write below /build, $OUT, /tmp and /var/tmp alone: install with DESTDIR=\"$OUT\", or with a prefix "
            + "below $OUT"
    }

    // MARK: What is missing in the toolchain

    private static func add(_ what: String, _ package: String, _ toolchain: String) -> String {
        "the toolchain has no \(what): `belljar toolchain add \(toolchain) PACKAGE`, \(package)"
    }

    /// `/bin/sh: 2: xz: not found`, `bash: line 1: xz: command not found`, `make: xz: No such file or directory`
    @Sendable private static func program(_ line: String, _ toolchain: String) -> String? {
        let parts = line.split(separator: ":").map { String($0.drop { $0 == " " }) }
        guard parts.count >= 3, let last = parts.last, let name = parts.dropLast().last,
            last == "not found" || last == "command not found"
                || (last == "No such file or directory" && ["make", "env"].contains(parts[0].prefix { $0 != "[" })),
            isName(name), !name.contains("/")
        else { return nil }
        return add(
            "program \(name)",
            "with the package that has it (`dpkg -S \"$(command -v \(name))\"` where it is installed)", toolchain)
    }

    /// `x.c:1:10: fatal error: zlib.h: No such file or directory`
    @Sendable private static func header(_ line: String, _ toolchain: String) -> String? {
        guard let name = text(in: line, after: "fatal error: ", before: ": No such file or directory") else {
            return nil
        }
        return add("header \(name)", "with the -dev package that has it, unless it is the project's own", toolchain)
    }

    /// `/usr/bin/ld: cannot find -lz`
    @Sendable private static func library(_ line: String, _ toolchain: String) -> String? {
        guard let start = line.range(of: "cannot find -l") else { return nil }
        let name = String(line[start.upperBound...].prefix { !": ".contains($0) })
        guard isName(name) else { return nil }
        return add("library lib\(name)", "with the -dev package that has it", toolchain)
    }

    /// `ModuleNotFoundError: No module named 'yaml'`
    @Sendable private static func pythonModule(_ line: String, _ toolchain: String) -> String? {
        guard let name = text(in: line, after: "No module named '", before: "'") else { return nil }
        return add("Python module \(name)", "mostly python3-\(name.prefix { $0 != "." }.lowercased())", toolchain)
    }

    /// `Can't locate YAML/Tiny.pm in @INC (...)`
    @Sendable private static func perlModule(_ line: String, _ toolchain: String) -> String? {
        guard let path = text(in: line, after: "Can't locate ", before: ".pm in @INC") else { return nil }
        let name = path.split(separator: "/").joined(separator: "-").lowercased()
        return add("Perl module \(path).pm", "mostly lib\(name)-perl", toolchain)
    }

    /// `Package 'zlib', required by 'virtual:world', not found`, `No package 'zlib' found`
    @Sendable private static func pkgConfig(_ line: String, _ toolchain: String) -> String? {
        let name =
            text(in: line, after: "No package '", before: "' found")
            ?? (line.contains("not found") ? text(in: line, after: "Package '", before: "'") : nil)
        guard let name else { return nil }
        return add("\(name).pc", "with the -dev package that has it", toolchain)
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
