import BelljarControls
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
    ///
    /// - Parameter isQuiet: whether what programs say of their failures is of no interest.
    private func answers(_ profiles: [SeccompProfile], isQuiet: Bool = false) throws -> [String: Answers] {
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
        let lines = try run(program, [folder.path] + files, isQuiet: isQuiet).split(separator: "\n")
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

    private func run(_ path: String, _ arguments: [String], isQuiet: Bool = false) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = output
        if isQuiet { process.standardError = FileHandle.nullDevice }
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
        "adjtimex": "errno 1", "sysfs": "errno 38", "tiocsti": "errno 1", "i386": "signal 31", "x32": "errno 38",
        "cachestat": "errno 38",
    ].merging(refusedArguments) { _, last in last }.merging(refusedVerbs) { _, last in last }

    /// One of every kind of argument that is refused (`SeccompProfile.argumentRules`).
    private static let refusedArguments = [
        "bare-clone-mounts": "errno 1", "bare-clone-cgroups": "errno 1", "bare-clone-names": "errno 1",
        "bare-clone-ipc": "errno 1", "bare-clone-pids": "errno 1", "bare-clone-net": "errno 1", "tioclinux": "errno 1",
        "tiocsetd": "errno 1",
        "socket-packet": "errno 97", "pair-packet": "errno 97", "socket-vsock": "errno 97",
        "socket-generic": "errno 97", "socket-udplite": "errno 93", "socket-udplite6": "errno 93",
        "socket-mptcp": "errno 93", "personality-page-zero": "errno 1", "personality-both": "errno 1",
        "mknodat-whiteout": "errno 1",
        "mknod-disk": "errno 1", "rename-whiteout-high": "errno 1", "limit-of-parent": "errno 1",
    ]

    /// Every call that is refused whatever its arguments.
    private static let refusedVerbs = Dictionary(
        uniqueKeysWithValues: SystemCallTable.families.flatMap { family -> [(String, String)] in
            guard case .refuse(let error) = family.answer else { return [] }
            return family.calls.map { ("verb:" + $0.value, "errno \(error.rawValue)") }
        })

    /// What the filter of the world refuses without asking PID 1.
    private static let absent = [
        "rseq": "errno 38", "get_mempolicy": "errno 38", "clone-range": "errno 95", "file-flags": "errno 25",
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
    /// The calls that this takes, as anybody makes them.
    private static let openCalls: Set = [
        "verb:unshare", "verb:mount", "verb:umount2", "verb:pivot_root", "verb:chroot", "bare-clone-mounts",
        "bare-clone-pids",
    ]

    private static let needed: Set = [
        "thread", "spawn", "ptrace", "seccomp", "socket-unix", "socket-inet6", "socket-route", "fifo", "no-randomize",
        "rename", "own-limit",
    ]

    /// Calls that a kernel may have been built without: then there is nothing to refuse, and no control.
    private static let optional: Set = [
        "userfaultfd", "io-uring", "perf", "bpf", "sysfs", "aio", "cachestat", "get_mempolicy", "socket-vsock",
        "socket-mptcp", "socket-udplite", "socket-udplite6", "socket-packet", "pair-packet", "file-flags", "x32",
    ]
    /// ENOSYS; and for a family, a protocol or a request that the kernel or the file system does not have.
    private static let lacking: Set = ["errno 38", "errno 97", "errno 93", "errno 25"]

    @Test func buildersAreRefusedWhatWorksWithoutFilters() throws {
        let answers = try answers([.baseline, .builder])
        let nesting = Set(Self.refusedInNests.keys).union(Self.openInNests)
        #expect(
            Set(answers.keys)
                == Self.needed.union(Self.refused.keys).union(Self.absent.keys).union(nesting).union(["chown"]))
        try expect(Self.refused, of: answers)
        // None of these gets as far as the call that it is named after.
        for name in nesting { #expect(answers[name]?.after == "errno 1", "\(name)") }
        #expect(answers["chown"]?.after == "errno 1")
    }

    @Test(arguments: [SeccompProfile.builder, .fakeRoot, .ownerOfAll])
    func nestsHoldWhatTheyAreThereFor(_ profile: SeccompProfile) throws {
        let answers = try answers([.nestedBaseline, profile.nested])
        let opened = Self.openInNests.union(Self.openCalls)
        let refused = Self.refused.filter { !opened.contains($0.key) }
        // Nobody but PID 1 answers for devices where it remembers owners.
        let devices =
            profile.name == SeccompProfile.ownerOfAll.name ? ["mknod-whiteout", "mknodat-whiteout", "mknod-disk"] : []
        try expect(refused.filter { !devices.contains($0.key) }, of: answers)
        try expect(Self.refusedInNests, of: answers)
        for name in Self.openInNests {
            #expect(answers[name]?.before == "ok", "\(name)")
            #expect(answers[name]?.after == "ok", "\(name)")
        }
    }

    /// Refused as wanted, and not without the filters; what a build needs works with them and without.
    private func expect(_ refused: [String: String], of answers: [String: Answers]) throws {
        for (name, expected) in refused { try check(name, expected, answers) }
        for name in Self.needed {
            #expect(answers[name]?.before == "ok", "\(name)")
            #expect(answers[name]?.after == "ok", "\(name)")
        }
    }

    private func check(_ name: String, _ expected: String, _ answers: [String: Answers]) throws {
        let answer = try #require(answers[name])
        #expect(answer.after == expected, "\(name)")
        if Self.optional.contains(name), Self.lacking.contains(answer.before) {
            print("skipped the control of \(name): this kernel does not have it")
        } else {
            #expect(answer.before != expected, "\(name): the control shows the same without the filter")
        }
    }

    /// Nobody listens for what PID 1 would answer, so only what it is not asked about is looked at.
    @Test func worldLacksWhatItHides() throws {
        let answers = try answers([.baseline, .builder, .world(.standard)], isQuiet: true)
        for (name, expected) in Self.absent { try check(name, expected, answers) }
    }

    @Test func fakeRootChangesOwnersInPretenceOnly() throws {
        let answers = try answers([.baseline, .fakeRoot])
        #expect(answers["chown"]?.before == "errno 1")
        #expect(answers["chown"]?.after == "ok")
        for (name, expected) in Self.refused { #expect(answers[name]?.after == expected, "\(name)") }
        for name in Self.needed { #expect(answers[name]?.after == "ok", "\(name)") }
    }
}
