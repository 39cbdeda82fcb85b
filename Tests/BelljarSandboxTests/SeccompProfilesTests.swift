import BelljarControls
import BelljarKernel
import BelljarModel
import Foundation
import Testing

@testable import BelljarSandbox

/// The filters as bytes, asked without loading them.
@Suite struct SeccompProfilesTests {
    /// Compiled once for all tests: the stacks of a builder and of fake root.
    private static let compiled = Result {
        let baseline = try ClassicBPF(SeccompCompiler.compile(.baseline))
        return [
            [baseline, try ClassicBPF(SeccompCompiler.compile(.builder))],
            [baseline, try ClassicBPF(SeccompCompiler.compile(.fakeRoot))],
        ]
    }

    private let builder: [ClassicBPF]
    private let fakeRoot: [ClassicBPF]
    private let numbers: [String: UInt32]

    init() throws {
        builder = try Self.compiled.get()[0]
        fakeRoot = try Self.compiled.get()[1]
        numbers = Dictionary(
            uniqueKeysWithValues: SystemCallTable.families.flatMap { $0.calls.map { ($0.value, $0.key) } })
    }

    private func answer(_ name: String, _ arguments: [UInt64], _ filters: [ClassicBPF]? = nil) throws -> SeccompAnswer {
        let number = try #require(numbers[name])
        let padded = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        return try .of(filters ?? builder, SeccompCall(number: number, arguments: padded))
    }

    // MARK: The whole surface

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Golden/system-calls.tsv")

    /// The lines of the golden list that begin with `#`, and the others.
    private func goldenList() throws -> (comments: [Substring], rows: [Substring]) {
        let lines = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n")
        return (lines.filter { $0.hasPrefix("#") }, lines.filter { !$0.hasPrefix("#") })
    }

    /// Every number from 0 to 600, with arguments of zero, against a list that a person can read.
    @Test func surfaceIsTheGoldenOne() throws {
        let names = Dictionary(uniqueKeysWithValues: numbers.map { ($0.value, $0.key) })
        let families = Dictionary(
            uniqueKeysWithValues: SystemCallTable.families.flatMap { family in
                family.calls.map { ($0.key, family.name) }
            })
        let rows = try (0...600).map { number in
            let call = SeccompCall(number: UInt32(number))
            let answers = [try SeccompAnswer.of(builder, call), try SeccompAnswer.of(fakeRoot, call)].map(\.description)
            let (name, family) = (names[UInt32(number)] ?? "-", families[UInt32(number)] ?? "-")
            return "\(number)\t\(name)\t\(answers.joined(separator: "\t"))\t\(family)"
        }
        let golden = try goldenList()
        if ProcessInfo.processInfo.environment["BELLJAR_WRITE_GOLDEN"] != nil {
            let text = (golden.comments.map(String.init) + rows).joined(separator: "\n") + "\n"
            try text.write(to: Self.golden, atomically: true, encoding: .utf8)
            Issue.record("the golden file was written; look at the difference, then run again without the variable")
        }
        for (row, wanted) in zip(rows, golden.rows) { #expect(row == wanted) }
        #expect(rows.count == golden.rows.count)
    }

    /// The list says of each family why it is answered as it is, once.
    @Test func everyFamilyIsExplained() throws {
        let explained = try goldenList().comments.compactMap { line -> Substring? in
            let words = line.split(separator: " ")
            guard words.count > 2, words[1].hasSuffix(":"), !line.hasPrefix("#  ") else { return nil }
            return words[1].dropLast()
        }
        #expect(explained.map(String.init) == SystemCallTable.families.map(\.name))
    }

    @Test func tableHoldsEveryCallOfTheBaselineOnce() {
        let all = SystemCallTable.families.flatMap { $0.calls.map(\.key) }
        #expect(all.sorted() == Array(0...334) + Array(424...450))
        #expect(numbers.count == 362)
        #expect(Set(SystemCallTable.families.map(\.name)).count == SystemCallTable.families.count)
    }

    /// The names and numbers of the table against the ones in the C library's header, an independent source.
    @Test func tableAgreesWithTheKernelsHeader() throws {
        let path = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
        let header = try String(contentsOfFile: path, encoding: .utf8)
        var found: [String: UInt32] = [:]
        for line in header.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "#define", words[1].hasPrefix("__NR_") else { continue }
            found[String(words[1].dropFirst(5))] = UInt32(words[2])
        }
        for (name, number) in numbers { #expect(found[name] == number, "\(name)") }
    }

    @Test func foreignArchitecturesAreKilledAndUnknownNumbersAreAbsent() throws {
        for filters in [builder, fakeRoot] {
            for number in UInt32(0)...600 {
                let i386 = SeccompCall(number: number, architecture: SeccompCall.i386)
                #expect(try SeccompAnswer.of(filters, i386) == .killProcess)
                let x32 = SeccompCall(number: number | 0x4000_0000)
                #expect(try SeccompAnswer.of(filters, x32) == .error(38))
            }
            #expect(try SeccompAnswer.of(filters, SeccompCall(number: 0, architecture: 0xc000_00b7)) == .killProcess)
            // There are no calls of these numbers.
            for number in [601, 0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe] as [UInt32] {
                #expect(try SeccompAnswer.of(filters, SeccompCall(number: number)) == .error(38))
            }
            // A tracer that wants a call left out sets its number to -1, which the kernel answers with ENOSYS itself.
            #expect(try SeccompAnswer.of(filters, SeccompCall(number: 0xffff_ffff)) == .error(38))
        }
    }

    // MARK: Arguments

    private static let high: UInt64 = 0xdead_beef_0000_0000

    @Test func cloneMakesNoNamespace() throws {
        for flags in [0, 0x11, 0x3d0f00, 0x01200011, 0x4111, 0x11 | Self.high] as [UInt64] {
            #expect(try answer("clone", [flags]) == .allow, "\(flags)")
        }
        for bit in [17, 25, 26, 27, 28, 29, 30] as [UInt64] {
            for others in [0, 0x11, 0x3d0f00 & ~(1 << 17), Self.high, 0x7e02_0000] as [UInt64] {
                #expect(try answer("clone", [1 << bit | others]) == .error(1), "\(bit)")
                #expect(try answer("clone", [1 << bit | others], fakeRoot) == .error(1), "\(bit)")
            }
        }
        #expect(try answer("clone3", []) == .error(38))
    }

    @Test func nobodyTypesIntoTheTerminal() throws {
        for request in [0x5412, 0x541c, 0x5423] as [UInt64] {
            for upper in [0, Self.high, 1 << 32, 1 << 63] as [UInt64] {
                #expect(try answer("ioctl", [0, request | upper]) == .error(1))
            }
        }
        for request in [0x5401, 0x5411, 0x5413, 0x541b, 0x541d, 0x5413 | Self.high] as [UInt64] {
            #expect(try answer("ioctl", [0, request]) == .allow)
        }
    }

    @Test func onlyUsualInternetProtocols() throws {
        for family in [2, 10, 2 | Self.high] as [UInt64] {
            for kind in [0, 1, 6, 17, 58, 255] as [UInt64] {
                #expect(try answer("socket", [family, 1, kind | Self.high]) == .allow, "\(kind)")
            }
            // DCCP, L2TP, SCTP, UDP-Lite, MPTCP
            for kind in [33, 115, 132, 136, 262, 0x8000_0000] as [UInt64] {
                #expect(try answer("socket", [family, 1, kind]) == .error(93), "\(kind)")
            }
        }
        #expect(try answer("socket", [1, 1, 132]) == .allow)
    }

    @Test func limitsAreEverybodysOwn() throws {
        for process in [1, 2, 0x8000_0000, 1 | Self.high] as [UInt64] {
            #expect(try answer("prlimit64", [process, 7, 0x1000]) == .error(1), "\(process)")
            #expect(try answer("prlimit64", [process, 7, 1 << 40, 0x1000], fakeRoot) == .error(1), "\(process)")
            #expect(try answer("prlimit64", [process, 7, 0, 0x1000]) == .allow, "\(process)")
        }
        for process in [0, Self.high] { #expect(try answer("prlimit64", [process, 7, 0x1000, 0x1000]) == .allow) }
    }

    /// Whoever answers for it has to be asked: a refusal here would win, and without one somebody has to refuse.
    @Test(arguments: [true, false]) func limitsOfOthersAreAskedForOrRefused(_ isReal: Bool) throws {
        for profile in [SeccompProfile.builder, .fakeRoot, .ownerOfAll, .builder.nested] {
            let own = try SeccompCompiler.compile(isReal ? profile : profile.withoutLimits)
            let filters = [try ClassicBPF(own)]
            for process in [1, 2, 0x8000_0000, 1 | Self.high] as [UInt64] {
                for resource in [7, 10] as [UInt64] {
                    let arguments = [process, resource, 0x1000]
                    #expect(try answer("prlimit64", arguments, filters) == (isReal ? .error(1) : .allow))
                    #expect(try worldAnswer("prlimit64", arguments) == .other(SeccompProfile.Action.notify.number))
                }
                #expect(try worldAnswer("prlimit64", [process, 7, 0, 0x1000]) == .allow)
            }
            #expect(try worldAnswer("prlimit64", [0, 7, 0x1000]) == .allow)
        }
    }

    @Test func onlyUsualAddressFamilies() throws {
        for family in (0...300 as ClosedRange<UInt64>) {
            let expected: SeccompAnswer = [1, 2, 10, 16].contains(family) ? .allow : .error(97)
            for upper in [0, Self.high] {
                #expect(try answer("socket", [family | upper, 3, 0]) == expected, "\(family)")
                #expect(try answer("socketpair", [family | upper, 3, 0]) == expected, "\(family)")
            }
        }
        for family in [0xffff_ffff, 0x8000_0001, 0x1_0000_0011, 0x10010] as [UInt64] {
            #expect(try answer("socket", [family]) == .error(97))
        }
    }

    @Test func ofNetlinkOnlyRouting() throws {
        #expect(try answer("socket", [16, 3, 0]) == .allow)
        #expect(try answer("socket", [16, 3, Self.high]) == .allow)
        for number in Array(1...40) + [0x8000_0000, 0xffff_ffff] as [UInt64] {
            #expect(try answer("socket", [16, 3, number]) == .error(97), "\(number)")
            #expect(try answer("socket", [16 | Self.high, 3, number]) == .error(97), "\(number)")
            #expect(try answer("socket", [1, 3, number]) == .allow, "\(number)")
        }
    }

    @Test func onlyPlainPersonalities() throws {
        let allowed: [UInt64] = [0, 8, 0x20000, 0x20008, 0x40000, 0xffff_ffff]
        for value in allowed {
            #expect(try answer("personality", [value]) == .allow)
            #expect(try answer("personality", [value | Self.high]) == .allow)
        }
        var others: [UInt64] = (0..<32).map { 1 << $0 } + (0..<32).map { 0xffff_ffff ^ 1 << $0 }
        others += [0x60000, 0x40008, 0x60008, 0x20009, 0x040_0000, 7, 9]
        for value in others where !allowed.contains(value) {
            #expect(try answer("personality", [value]) == .error(1), "\(value)")
            #expect(try answer("personality", [value | Self.high]) == .error(1), "\(value)")
        }
    }

    @Test func nodesArePlain() throws {
        for type in 0...15 as ClosedRange<UInt64> {
            let expected: SeccompAnswer = [0, 0o1, 0o10, 0o14].contains(type) ? .allow : .error(1)
            for extra in [0, 0o644, 0o7777, Self.high, 0x1_0000] {
                let mode = type << 12 | extra
                for filters in [builder, fakeRoot] {
                    #expect(try answer("mknod", [0, mode, 0], filters) == expected, "\(type)")
                    #expect(try answer("mknodat", [0, 0, mode, 0], filters) == expected, "\(type)")
                }
            }
        }
    }

    @Test func renamesLeaveNoWhiteout() throws {
        for flags in 0...3 as ClosedRange<UInt64> {
            #expect(try answer("renameat2", [0, 0, 0, 0, flags]) == .allow)
            #expect(try answer("renameat2", [0, 0, 0, 0, flags | 4 | Self.high]) == .error(1))
        }
    }

    @Test func fakeRootDiffersInOwnersOnly() throws {
        let differing = try (0...600 as ClosedRange<UInt32>).filter {
            try SeccompAnswer.of(builder, SeccompCall(number: $0))
                != SeccompAnswer.of(fakeRoot, SeccompCall(number: $0))
        }
        let expected = ["chown", "fchown", "lchown", "fchownat"].compactMap { numbers[$0] }
        #expect(differing == expected.sorted())
        #expect(try answer("chown", [1, 2, 3], fakeRoot) == .error(0))
    }

    // MARK: The world

    private func worldAnswer(_ name: String, _ arguments: [UInt64], real: Control? = nil) throws -> SeccompAnswer {
        var states = ControlStates.standard
        if let real { states[real] = .real }
        return try answer(name, arguments, [try ClassicBPF(SeccompCompiler.compile(.world(states)))])
    }

    @Test func thereIsNoRestartableSequenceWhileProcessorsAreHidden() throws {
        #expect(try worldAnswer("rseq", [1, 32, 0, 0x5305_3053]) == .error(38))
        #expect(try worldAnswer("rseq", [1, 32, 0, 0x5305_3053], real: .cpu) == .allow)
    }

    @Test func memoryHasNoNodesWhileProcessorsAreHidden() throws {
        let calls = [
            "get_mempolicy", "set_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy_home_node",
        ]
        for name in calls {
            #expect(try worldAnswer(name, []) == .error(38), "\(name)")
            #expect(try worldAnswer(name, [], real: .cpu) == .allow, "\(name)")
        }
    }

    @Test func requestsOfSomeFileSystemsAreRefused() throws {
        for request in [0x4004_9409, 0x4020_940d, 0xc018_9436, 0xc020_660b] as [UInt64] {
            #expect(try worldAnswer("ioctl", [3, request]) == .error(95), "\(request)")
            #expect(try worldAnswer("ioctl", [3, request | Self.high]) == .error(95), "\(request)")
            #expect(try worldAnswer("ioctl", [3, request], real: .fs) == .allow, "\(request)")
        }
        for request in [0x8008_6601, 0x4008_6602, 0x801c_581f, 0x401c_5820, 0x8008_7601] as [UInt64] {
            #expect(try worldAnswer("ioctl", [3, request]) == .error(25), "\(request)")
        }
        // TCGETS, FIONREAD, FIOCLEX
        for request in [0x5401, 0x541b, 0x5451] as [UInt64] {
            #expect(try worldAnswer("ioctl", [3, request]) == .allow, "\(request)")
        }
    }

    @Test func whatCameAfterTheBaselineIsNotThere() throws {
        // PR_GET_MDWE, PR_SET_MEMORY_MERGE, PR_TIMER_CREATE_RESTORE_IDS, PR_FUTEX_HASH, PR_GET_AUXV; PR_SCHED_CORE.
        for option in [66, 67, 77, 78, 0x4155_5856, 62, 0x8000_0000] as [UInt64] {
            #expect(try worldAnswer("prctl", [option | Self.high]) == .error(22), "\(option)")
            #expect(try worldAnswer("prctl", [option], real: .identity) == .allow, "\(option)")
        }
        for option in (1...64).filter({ ![52, 62].contains($0) }) + [0x5961_6d61, 0x5356_4d41] as [UInt64] {
            #expect(try worldAnswer("prctl", [option]) == .allow, "\(option)")
        }
        #expect(try worldAnswer("prctl", [52]) == .error(0))
        #expect(try worldAnswer("prctl", [52], real: .cpu) == .allow)
        for name in ["getsockopt", "setsockopt"] {
            // SO_PASSPIDFD, SO_PEERPIDFD, SO_PASSRIGHTS, and no option at all.
            for option in [76, 77, 83, 1000] as [UInt64] {
                #expect(try worldAnswer(name, [3, 1, option]) == .error(92), "\(name) \(option)")
                #expect(try worldAnswer(name, [3, 17, option]) == .allow, "\(name) \(option)")
                #expect(try worldAnswer(name, [3, 1, option], real: .identity) == .allow, "\(name) \(option)")
            }
            // TCP_TX_DELAY is the last one; of IP, IP_LOCAL_PORT_RANGE.
            for (level, option, isThere) in [
                (6, 37, true), (6, 38, false), (0, 50, true), (0, 51, false), (0, 64, true),
            ]
                as [(UInt64, UInt64, Bool)]
            {
                #expect(try (worldAnswer(name, [3, level, option]) == .allow) == isThere, "\(name) \(level) \(option)")
            }
        }
        // FS_IOC_GETFSUUID, FS_IOC_GETFSSYSFSPATH, PIDFD_GET_INFO, EPIOCGPARAMS, NS_GET_MNTNS_ID, NS_GET_ID, PROCMAP_QUERY, PAGEMAP_SCAN
        for request in [
            0x8011_1500, 0x8081_1501, 0xc040_ff0b, 0x8008_8a02, 0x8008_b705, 0x8008_b70d, 0xc068_6611, 0xc060_6610,
        ] as [UInt64] {
            #expect(try worldAnswer("ioctl", [3, request | Self.high]) == .error(25), "\(request)")
            #expect(try worldAnswer("ioctl", [3, request], real: .identity) == .allow, "\(request)")
        }
        let flags: [(name: String, argument: Int, flag: UInt64, known: UInt64)] = [
            ("memfd_create", 1, 0x8, 0x7), ("memfd_create", 1, 0x10, 0x7), ("pidfd_open", 1, 0o200, 0o4000),
            ("pidfd_send_signal", 3, 1, 0), ("execveat", 4, 0x1_0000, 0x1100),
        ]
        for (name, argument, flag, known) in flags {
            let arguments = { (value: UInt64) in [UInt64](repeating: 0, count: argument) + [value] }
            #expect(try worldAnswer(name, arguments(flag | known)) == .error(22), "\(name)")
            #expect(try worldAnswer(name, arguments(known)) == .allow, "\(name)")
            #expect(try worldAnswer(name, arguments(flag), real: .identity) == .allow, "\(name)")
        }
        // NS_GET_USERNS, NS_GET_NSTYPE
        for request in [0xb701, 0xb703] as [UInt64] { #expect(try worldAnswer("ioctl", [3, request]) == .allow) }
    }

    @Test func numbersThatTheKernelGivesOutAreNotTold() throws {
        // SO_COOKIE, SO_NETNS_COOKIE, SO_INCOMING_NAPI_ID; SO_INCOMING_CPU; SO_RCVBUF
        for option in [57, 71, 56, 49] as [UInt64] {
            #expect(try worldAnswer("getsockopt", [3, 1, option]) == .error(92), "\(option)")
            #expect(try worldAnswer("setsockopt", [3, 1, option]) == .allow, "\(option)")
        }
        #expect(try worldAnswer("getsockopt", [3, 1, 57], real: .identity) == .allow)
        #expect(try worldAnswer("getsockopt", [3, 1, 49], real: .cpu) == .allow)
        #expect(try worldAnswer("getsockopt", [3, 1, 8]) == .allow)
    }

    /// The masked values that stand for "everything but" match exactly that, over all values of a small field.
    @Test(arguments: [[0], [1, 2, 10], [0, 255], [7, 8, 9, 100], []] as [[UInt64]])
    func everythingButIsExact(values: [UInt64]) {
        let matches = SeccompProfile.Comparison.everything(in: 0xff, but: values)
        for value in 0...255 as ClosedRange<UInt64> {
            let hits = matches.filter { value & $0.mask == $0.value }.count
            #expect(hits == (values.contains(value) ? 0 : 1), "\(value)")
        }
    }
}

/// The files that filters are kept in.
@Suite struct SeccompCacheTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/belljar-seccomp-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func filtersComeFromTheFilesTheSecondTime() throws {
        try withFolder { folder in
            let first = try SeccompProfiles(cacheFolder: folder + "/deep/er").filters(for: .builder, .real)
            #expect(first == [try SeccompCompiler.compile(.baseline), try SeccompCompiler.compile(.builder)])
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/deep/er").sorted()
            #expect(names.count == 2)
            #expect(names.allSatisfy { $0.hasPrefix("seccomp-") && $0.hasSuffix(".bpf") })

            // A marked file with a right digest is taken as it is: nothing is compiled any more.
            let other = [UInt8](repeating: 6, count: 8)
            let path = folder + "/deep/er/" + SeccompProfiles.fileName(of: .builder)
            try Data(Digest(of: other).bytes + other).write(to: URL(filePath: path))
            #expect(
                try SeccompProfiles(cacheFolder: folder + "/deep/er").filters(for: .builder, .real) == [
                    first[0], other,
                ])
        }
    }

    @Test func damagedFilesAreMadeAnew() throws {
        try withFolder { folder in
            let profiles = SeccompProfiles(cacheFolder: folder)
            let good = try profiles.filters(for: .fakeRoot, .real)
            let url = URL(filePath: folder).appending(path: SeccompProfiles.fileName(of: .fakeRoot))
            let file = try Data(contentsOf: url)
            var flipped = file
            flipped[file.count - 3] ^= 1
            let odd = Digest(of: [1, 2, 3]).bytes + [1, 2, 3]
            for damage in [Data(), file.dropLast(), file.prefix(32), file.prefix(20), flipped, Data(odd)] {
                try damage.write(to: url)
                #expect(try profiles.filters(for: .fakeRoot, .real) == good)
                #expect(try Data(contentsOf: url) == file)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        }
    }

    /// The folder's owner is the account of builds, and root writes into it.
    @Test func aLinkInTheFoldersPlaceIsNotFollowed() throws {
        try withFolder { folder in
            let manager = FileManager.default
            try manager.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
            try manager.createSymbolicLink(atPath: folder + "/cache", withDestinationPath: "elsewhere")
            let error = #expect(throws: BelljarError.self) {
                _ = try SeccompProfiles(cacheFolder: folder + "/cache").filters(for: .builder, .real)
            }
            #expect(error?.code == .host)
            #expect(try manager.contentsOfDirectory(atPath: folder + "/elsewhere").isEmpty)
            try manager.removeItem(atPath: folder + "/cache")
            _ = try SeccompProfiles(cacheFolder: folder + "/cache").filters(for: .builder, .real)
            #expect(try manager.contentsOfDirectory(atPath: folder + "/cache").count == 2)
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: folder + "/file"))
            let error = #expect(throws: BelljarError.self) {
                _ = try SeccompProfiles(cacheFolder: folder + "/file/below").filters(for: .builder, .real)
            }
            #expect(error?.code == .host)
            #expect(error?.subject.contains(folder) == true)
        }
    }

    @Test func namesFollowTheRules() {
        var changed = SeccompProfile.builder
        changed.rules.removeLast()
        #expect(SeccompProfiles.fileName(of: changed) != SeccompProfiles.fileName(of: .builder))
        #expect(SeccompProfiles.fileName(of: .fakeRoot) != SeccompProfiles.fileName(of: .builder))
    }

    @Test func compilingIsDeterministic() throws {
        for profile in [SeccompProfile.baseline, .builder, .fakeRoot] {
            let first = try SeccompCompiler.compile(profile)
            for _ in 0..<5 { #expect(try SeccompCompiler.compile(profile) == first) }
            #expect(first.count / 8 < 4096)
        }
    }
}
