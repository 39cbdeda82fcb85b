import Foundation
import Testing

@testable import BelljarSandbox

/// The filters in the kernel: a program of C tries calls without them (the positive control) and behind them.
@Suite struct SeccompKernelTests {
    /// The answers to one call without the filters and behind them: `ok`, `errno N`, `signal N`.
    private struct Answers {
        var before: String
        var after: String
    }

    /// Builds the program, and runs it with these filters in a fresh folder that everybody may write to (as root it
    /// becomes uid 65534 first).
    private func answers(_ profiles: [SeccompProfile]) throws -> [String: Answers] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "belljar-seccomp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../Fixtures/Probes/seccomp.c")
        let program = folder.appending(path: "probe").path
        _ = try run("/usr/bin/cc", ["-pthread", "-Wall", "-Werror", "-o", program, source.path])
        let files = try profiles.map { profile in
            let file = folder.appending(path: profile.name)
            try Data(SeccompCompiler.compile(profile)).write(to: file)
            return file.path
        }
        let lines = try run(program, [folder.path] + files).split(separator: "\n")
        return try Dictionary(
            uniqueKeysWithValues: lines.map { line in
                // `NAME ok errno 1`: an answer is one word or two.
                var words = line.split(separator: " ").map(String.init)
                let name = words.removeFirst()
                let before = words[0] == "ok" ? 1 : 2
                try #require(words.count > before)
                let parts = (words[..<before], words[before...])
                return (name, Answers(before: parts.0.joined(separator: " "), after: parts.1.joined(separator: " ")))
            })
    }

    private func run(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(path) ended with \(process.terminationStatus)")
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let refused = [
        "unshare-user": "errno 1", "clone-user": "errno 1", "clone3": "errno 38", "socket-uevent": "errno 97",
        "getxattr": "errno 95", "personality": "errno 1", "mknod-whiteout": "errno 1", "rename-whiteout": "errno 1",
        "userfaultfd": "errno 38", "io-uring": "errno 38", "aio": "errno 38", "add-key": "errno 38",
        "file-handle": "errno 38", "fsopen": "errno 38", "bpf": "errno 38", "perf": "errno 38",
        "adjtimex": "errno 1", "sysfs": "errno 38", "tiocsti": "errno 1", "i386": "signal 31", "x32": "signal 31",
        "cachestat": "errno 38",
    ]

    /// What the profile `nested` refuses too, to a process that has all rights in a user namespace of its own.
    private static let refusedInNests = [
        "unshare-net": "errno 1", "unshare-uts": "errno 1", "unshare-ipc": "errno 1", "unshare-cgroup": "errno 1",
        "unshare-time": "errno 1", "unshare-several": "errno 1", "clone-net": "errno 1", "clone-uts": "errno 1",
        "clone-ipc": "errno 1", "clone-cgroup": "errno 1", "clone-several": "errno 1", "clone3-net": "errno 38",
        "clone3-time": "errno 38", "setns": "errno 1", "open-tree": "errno 38", "move-mount": "errno 38",
        "fsopen-nested": "errno 38", "fsconfig": "errno 38", "fsmount": "errno 38", "fspick": "errno 38",
        "mount-setattr": "errno 38",
    ]

    /// What it is there for.
    private static let openInNests: Set = [
        "unshare-user", "clone-user", "unshare-mount", "unshare-pid", "clone-mount", "clone-pid", "mount", "bind",
        "umount", "chroot", "pivot-root",
    ]

    private static let needed: Set = [
        "thread", "spawn", "ptrace", "seccomp", "socket-unix", "socket-inet6", "socket-route", "fifo", "no-randomize",
        "rename",
    ]

    /// Calls that a kernel may have been built without: then there is nothing to refuse, and no control.
    private static let optional: Set = ["userfaultfd", "io-uring", "perf", "bpf", "sysfs", "aio", "cachestat"]

    @Test func buildersAreRefusedWhatWorksWithoutFilters() throws {
        let answers = try answers([.baseline, .builder])
        let nesting = Set(Self.refusedInNests.keys).union(Self.openInNests)
        #expect(Set(answers.keys) == Self.needed.union(Self.refused.keys).union(nesting).union(["chown"]))
        try expect(Self.refused, of: answers)
        // None of these gets as far as the call that it is named after.
        for name in nesting { #expect(answers[name]?.after == "errno 1", "\(name)") }
        #expect(answers["chown"]?.after == "errno 1")
    }

    @Test(arguments: [SeccompProfile.builder, .fakeRoot, .ownerOfAll])
    func nestsHoldWhatTheyAreThereFor(_ profile: SeccompProfile) throws {
        let answers = try answers([.nestedBaseline, profile.nested])
        let refused = Self.refused.filter { !Self.openInNests.contains($0.key) }
        // Nobody but process 1 answers for devices where it remembers owners.
        let devices = profile.name == SeccompProfile.ownerOfAll.name ? ["mknod-whiteout"] : []
        try expect(refused.filter { !devices.contains($0.key) }, of: answers)
        try expect(Self.refusedInNests, of: answers)
        for name in Self.openInNests {
            #expect(answers[name]?.before == "ok", "\(name)")
            #expect(answers[name]?.after == "ok", "\(name)")
        }
    }

    /// Refused as wanted, and not without the filters; what a build needs works with them and without.
    private func expect(_ refused: [String: String], of answers: [String: Answers]) throws {
        for (name, expected) in refused {
            let answer = try #require(answers[name])
            #expect(answer.after == expected, "\(name)")
            if Self.optional.contains(name), answer.before == "errno 38" {
                print("skipped the control of \(name): this kernel does not have it")
            } else {
                #expect(answer.before != expected, "\(name): the control shows the same without the filter")
            }
        }
        for name in Self.needed {
            #expect(answers[name]?.before == "ok", "\(name)")
            #expect(answers[name]?.after == "ok", "\(name)")
        }
    }

    @Test func fakeRootChangesOwnersInPretenceOnly() throws {
        let answers = try answers([.baseline, .fakeRoot])
        #expect(answers["chown"]?.before == "errno 1")
        #expect(answers["chown"]?.after == "ok")
        for (name, expected) in Self.refused { #expect(answers[name]?.after == expected, "\(name)") }
        for name in Self.needed { #expect(answers[name]?.after == "ok", "\(name)") }
    }
}
