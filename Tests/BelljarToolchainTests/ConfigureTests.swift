import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarStore
import BelljarUnpack
import TestSupport
import Testing

@testable import BelljarToolchain

/// What the scripts of packages may have while an image is configured.
@Suite(.enabled(if: Workshop.busybox != nil, "no static busybox (apt-get install busybox-static)"))
struct ConfigureTests {
    private let workshop: Workshop
    private var root: String { workshop.folder.path + "/root" }

    init() throws { workshop = try Workshop() }

    /// Configures an image of one package with this preinst, and a dpkg that finds nothing to do.
    private func configure(_ script: String, _ caps: [HostLimits.Cap], interpreter: String = "/bin/sh") throws {
        let program = HandmadePackage.Entry(path: "./bin/busybox", content: try #require(Workshop.busybox), mode: 0o755)
        let package = HandmadePackage(
            name: "shell", control: ["preinst": "#!\(interpreter)\n\(script)\n"],
            data: [program, .file("./usr/bin/dpkg", "#!/bin/sh\n", mode: 0o755)]
                + ["sh", "dd", "sleep", "nproc", "test"].map { .link("./bin/\($0)", to: "busybox") })
        try workshop.folder.makeDirectory("root")
        let packages = try ImageUnpacker(
            store: workshop.store, packages: [try package.put(into: workshop.store)],
            opener: ArchiveOpener(workshop.sandbox, cancellation: Cancellation()), cancellation: Cancellation()
        ).unpack(into: root)
        if let owner = workshop.store.owner {
            try Descriptor.workingDirectory.open(root, .directory).giveTree(uid: owner.uid, gid: owner.gid)
        }
        try ImageConfigurator(
            sandbox: workshop.sandbox, subject: "tiny", timestamp: 1, hostLimits: HostLimits(caps: caps),
            progress: workshop.progress, cancellation: Cancellation()
        ).configure(packages, root: root)
    }

    private static func cap(_ limit: LimitName, _ value: UInt64) -> HostLimits.Cap {
        .init(limit: limit, value: value, location: SourceLocation(file: "limits.yaml", line: 1, column: 9))
    }

    @Test(arguments: [
        ("dd if=/dev/zero of=/dev/null bs=64M count=100", LimitName.memory, 32 << 20, "limit memory of 32MiB"),
        ("sleep 3", .timeout, 1, "limit timeout of 1s"),
        ("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 2 & done; wait", .processes, 5, "limit processes of 5"),
    ]) func theHostsLimitsHoldForScripts(script: String, limit: LimitName, value: UInt64, words: String) throws {
        // Positive control: without the host's word it passes.
        try configure(script, [])
        try Descriptor.workingDirectory.removeTree(root)
        let error = #expect(throws: BelljarError.self) { try configure(script, [Self.cap(limit, value)]) }
        #expect(error?.code == .resourceExceeded)
        #expect(
            error?.answer.hasPrefix("preinst of shell: \(words) was reached") == true, "\(String(describing: error))")
        #expect(error?.exceeded?.limit == limit)
        #expect(error?.remedy?.contains("limits.yaml:1:9") == true)
    }

    /// No package depends on the essential ones, so whoever lists packages forgets them.
    @Test(arguments: [
        ("tic -V", "ncurses-bin"), ("/usr/bin/perl -e 1", "perl-base"), ("missing-program", nil),
    ]) func aMissingEssentialPackageIsNamed(script: String, package: String?) throws {
        let error = #expect(throws: BelljarError.self) { try configure(script, []) }
        #expect(error?.code == .buildFailed)
        guard let package else {
            #expect(error?.remedy?.hasPrefix("read the script") == true)
            return
        }
        #expect(
            error?.remedy?.hasPrefix("add \(package) to the packages in toolchain.yaml") == true,
            "\(String(describing: error))")
    }

    @Test func aMissingInterpreterIsNamed() throws {
        let error = #expect(throws: BelljarError.self) { try configure("", [], interpreter: "/usr/bin/perl") }
        #expect(error?.stage == "command-execute")
        #expect(error?.remedy?.hasPrefix("add perl-base to the packages") == true, "\(String(describing: error))")
    }

    /// What scripts see of the machine decides what is in an image, so it is not the host's to change.
    @Test func theImageIsTheSameUnderOtherLimits() throws {
        let script = "test $(nproc) = 2 && test $(ulimit -v) = unlimited"
        try configure(script, [])
        try Descriptor.workingDirectory.removeTree(root)
        try configure(script, [Self.cap(.cpus, 1), Self.cap(.memory, 1 << 30), Self.cap(.outputFiles, 1)])
    }
}
