import BelljarControls
import BelljarKernel
import BelljarPlan
import TestSupport
import Testing

@testable import BelljarInit

/// What is set in a sandbox's `/proc/sys`, in a folder that stands for it, and the order in which a sandbox is put together, seen
/// through recorded calls. A setting that goes elsewhere, or comes before what it is to protect, is set all the same.
@Suite struct SandboxSettingsTests {
    // MARK: Settings

    private func proc(_ files: [String: String]) throws -> TestFolder {
        let place = try TestFolder()
        for (path, text) in files {
            let folders = path.split(separator: "/").dropLast().joined(separator: "/")
            _ = try Descriptor.makeDirectories(place.path + "/" + folders)
            try place.write(path, text)
        }
        return place
    }

    private static let counts = [
        "max_inotify_instances", "max_inotify_watches", "max_user_namespaces", "max_pid_namespaces",
        "max_mnt_namespaces",
    ]

    /// All that one account has is not for one build.
    @Test(arguments: [(false, "0"), (true, "1024")]) func countsOfAnAccountAreLimited(nests: Bool, nested: String)
        throws
    {
        let place = try proc(Dictionary(uniqueKeysWithValues: Self.counts.map { ("sys/user/" + $0, "") }))
        try AccountCounts.limit(try place.descriptor.open(".", .directory), allowsNesting: nests)
        let expected = ["16", "65536", nested, nested, "1024"]
        #expect(try Self.counts.map { try place.text("sys/user/" + $0) } == expected)
        // A kernel without inotify has nothing to count, and gets nothing that it does not know.
        let other = try proc(["sys/user/max_user_namespaces": ""])
        try AccountCounts.limit(try other.descriptor.open(".", .directory), allowsNesting: nests)
        #expect(try other.text("sys/user/max_user_namespaces") == nested)
        #expect(try Descriptor.workingDirectory.open(other.path + "/sys/user", .directory).entries().count == 1)
    }

    private static let network: [String: String] = [
        "sys/net/ipv6/conf/all/disable_ipv6": "", "sys/net/ipv6/conf/default/disable_ipv6": "",
        "sys/net/ipv6/conf/lo/disable_ipv6": "", "sys/net/ipv4/tcp_rmem": "",
        "self/net/dev": "Inter-|   Receive\n face |bytes\n    lo:  0 0 0\n",
        "self/net/if_inet6": "00000000000000000000000000000001 01 80 10 80       lo\n",
    ]

    private func raise(_ files: [String: String]) throws -> (told: [String], place: TestFolder) {
        let place = try proc(files)
        var told: [String] = []
        let recording = try Recording.of(
            answering: { call, _ in call == "ioctl" ? .result(0) : .real },
            { told = try NetworkSettings.raise(try place.descriptor.open(".", .directory)) })
        #expect(recording.calls.contains("ioctl SIOCSIFFLAGS lo"))
        return (told, place)
    }

    @Test func aLoopbackIsAllThereIs() throws {
        let (told, place) = try raise(Self.network)
        #expect(told == [])
        for name in ["all", "default", "lo"] {
            #expect(try place.text("sys/net/ipv6/conf/\(name)/disable_ipv6") == "0", "\(name)")
        }
        try NetworkSettings.fix(try place.descriptor.open(".", .directory))
        #expect(try place.text("sys/net/ipv4/tcp_rmem") == "4096 131072 6291456")
    }

    @Test func whatElseThereIsIsTold() throws {
        var files = Self.network
        files["self/net/dev"] = "Inter-|\n face |bytes\n  tunl0: 0 0\n    lo: 0 0\nip6tnl0:0 0\n"
        #expect(try raise(files).told == ["device tunl0", "device ip6tnl0"])
        files["self/net/if_inet6"] = "fe800000000000000000000000000001 02 40 20 80 eth0\n"
        #expect(try raise(files).told.first == "no ipv6")
        files["self/net/if_inet6"] = nil
        #expect(try raise(files).told.first == "no ipv6")
        files["self/net/dev"] = "Inter-|\n"
        #expect(try raise(files).told == ["no ipv6"])
    }

    // MARK: Places

    /// What a toolchain's image holds was made by somebody else: no name in it leads a mount elsewhere.
    @Test(arguments: ["link/x", "link", "inner/link/x", "../x", "a/../../x", "a/./x", ""])
    func noPlaceToMountOnIsOutside(path: String) throws {
        let place = try TestFolder()
        let outside = try TestFolder()
        try place.descriptor.makeSymlink("link", target: outside.path)
        try place.descriptor.makeDirectory("inner")
        try place.descriptor.makeSymlink("inner/link", target: "..")
        for isDirectory in [true, false] {
            #expect(throws: KernelError.self) {
                try place.descriptor.placeOrMake(path, isDirectory: isDirectory).number
            }
        }
        #expect(try outside.descriptor.entries().isEmpty)
        #expect(try place.descriptor.entries().count == 2)
        #expect(try Descriptor.workingDirectory.statusIfPresent(of: place.path + "/../x") == nil)
    }

    @Test func placesToMountOnAreMadeWithTheirFolders() throws {
        let place = try TestFolder()
        #expect(try place.descriptor.placeOrMake("/run/secrets", isDirectory: true).status().kind == .directory)
        #expect(try place.descriptor.placeOrMake("etc/x/file", isDirectory: false).status().kind == .regular)
        // What is there stays.
        try place.write("etc/x/file", "kept")
        #expect(try place.descriptor.placeOrMake("etc/x/file", isDirectory: false).status().size == 4)
        #expect(throws: KernelError.self) {
            try place.descriptor.placeOrMake("etc/x/file/y", isDirectory: false).number
        }
        #expect(throws: KernelError.self) { try place.descriptor.placeOrMake("etc/x/file", isDirectory: true).number }
    }

    // MARK: Secrets

    /// A command has those that it is to have, as long as it runs.
    @Test func secretsAreThereForTheirCommandsOnly() throws {
        let place = try TestFolder()
        var plan = Self.plan
        plan.secrets = [
            .init(name: "one", content: [1], commands: [0, 2]), .init(name: "two", content: [2, 2], commands: [2]),
        ]
        guard let secrets = Secrets(plan, folder: try place.descriptor.duplicate().release()) else {
            Issue.record("there are none")
            return
        }
        func names() throws -> [String] {
            try place.descriptor.entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        }
        for (command, expected) in [(0, ["one"]), (1, []), (2, ["one", "two"]), (3, [])] as [(UInt32, [String])] {
            try secrets.show(to: command)
            #expect(try names() == expected)
            if expected.contains("one") { #expect(try place.descriptor.status(of: "one").permissions == 0o400) }
            try secrets.hide(from: command)
            #expect(try names() == [])
        }
        let isThere = Secrets(plan, folder: nil) != nil
        #expect(!isThere)
    }

    @Test func aSecretIsNoPath() throws {
        let place = try TestFolder()
        var plan = Self.plan
        plan.secrets = [.init(name: "../stolen", content: [1], commands: [0])]
        guard let secrets = Secrets(plan, folder: try place.descriptor.duplicate().release()) else {
            Issue.record("there are none")
            return
        }
        #expect(throws: StageFailure.self) { try secrets.show(to: 0) }
        #expect(try Descriptor.workingDirectory.statusIfPresent(of: place.path + "/../stolen") == nil)
    }

    private static let plan = Plan(
        account: nil, inside: .init(uid: 1000, gid: 1000), hostName: "h", domainName: "d", root: .layers([]),
        buildLayers: [], binds: [], filters: [], commands: [],
        limits: .init(
            timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 0, openFiles: 0, processes: 10, fileBytes: 1,
            scratchBytes: 1, scratchInodes: 1))

    // MARK: Sources

    @Test func sourcesAreCountedInPagesAndNames() throws {
        let place = try TestFolder()
        for (name, size) in [("a", 0), ("b", 1), ("c", 4096), ("d", 4097)] {
            try place.write(name, String(repeating: "x", count: size))
        }
        try place.descriptor.makeDirectory("e")
        try place.descriptor.makeSymlink("e/short", target: String(repeating: "x", count: 128))
        try place.descriptor.makeSymlink("e/long", target: String(repeating: "x", count: 129))
        #expect(try SourceCopy.room(for: [place.path]) == .init(bytes: 5 * 4096, entries: 7))
        #expect(try SourceCopy.room(for: [place.path, place.path]) == .init(bytes: 10 * 4096, entries: 14))
        #expect(try SourceCopy.room(for: []) == .init())
        // As large as a file can say it is: no sum of such is small again.
        let hole = try place.descriptor.open("hole", [.write, .create])
        try hole.truncate(to: 1 << 40)
        #expect(try SourceCopy.room(for: [place.path, place.path]) == nil)
    }
}
