import BelljarControls
import BelljarKernel
import Foundation
import Testing

@testable import BelljarSandbox

/// The probes of this host, and of hosts that were made worse for the test.
@Suite struct DoctorTests {
    /// belljar-init lies beside the test program.
    private static let initPath = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "belljar-init").path

    /// Probes run as the user that builds would run as.
    private static let account = Host.effectiveUid == 0 ? Account(uid: 65534, gid: 65534) : nil

    /// belljar-init where every account can start it: a build folder may lie in somebody's home.
    private func withInit(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "belljar-doctor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appending(path: "belljar-init").path
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        try copy(Self.initPath, program)
        try body(program)
    }

    /// Makes a program, by a process of its own: what this one had open for writing, a child of another test may have for a
    /// moment, and then nobody can execute it (ETXTBSY).
    private func copy(_ path: String, _ target: String) throws {
        let nothing = try Descriptor.workingDirectory.open("/dev/null", .readWrite)
        var child = try ChildProcess.spawn(
            "/usr/bin/install", argv: ["install", "-m", "755", path, target], environment: [:],
            descriptors: [(nothing.number, 0), (nothing.number, 1), (nothing.number, 2)])
        try #require(try child.wait().exit == .status(0))
    }

    /// A program in belljar-init's place that starts it in some other way.
    private func withInit(behind script: String, _ body: (String) throws -> Void) throws {
        try withInit { program in
            let wrapper = program + "-wrapped"
            let text = wrapper + ".text"
            try "#!/bin/sh\n\(script.replacing("INIT", with: program))\n".write(
                toFile: text, atomically: true, encoding: .utf8)
            try copy(text, wrapper)
            try body(wrapper)
        }
    }

    @Test func thisHostHasWhatASandboxNeeds() throws {
        try withInit { program in
            let features = HostFeature.probeAll(initPath: program, account: Self.account)
            #expect(features.count == Set(features.map(\.name)).count)
            #expect(features.count > 25)
            for feature in features {
                #expect(feature.state != .missing, "\(feature)")
                #expect(!feature.finding.isEmpty, "\(feature)")
                #expect((feature.remedy == nil) == (feature.state == .available), "\(feature)")
                #expect(!feature.finding.contains("status 2"), "init does not know \(feature.name)")
            }
        }
    }

    /// What a line needs comes before it, so that the first missing line is the cause.
    @Test func needsComeFirst() {
        var seen: Set<String> = []
        for probe in HostProbe.all {
            if let need = probe.need { #expect(seen.contains(need), "\(probe.name)") }
            seen.insert(probe.name)
        }
    }

    @Test func aHostWithoutUserNamespacesIsNamed() throws {
        let script = """
            exec unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec INIT "$@"' sh "$@"
            """
        try withInit(behind: script) { program in
            // As the caller itself: an account cannot be changed to inside of the namespace.
            let features = HostFeature.probeAll(initPath: program, account: nil)
            let first = try #require(features.first { $0.state == .missing })
            #expect(first.name == "user-namespace")
            #expect(first.finding.contains("ENOSPC"))
            #expect(first.remedy?.contains("max_user_namespaces") == true)
            let overlay = try #require(features.first { $0.name == "overlay" })
            #expect(overlay.state == .missing)
            #expect(overlay.remedy == "make tmpfs available first")
            #expect(features.first { $0.name == "seccomp" }?.state == .available)
        }
    }

    @Test func aHostWithoutTimeNamespacesIsNamed() throws {
        let script = """
            exec unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_time_namespaces && exec INIT "$@"' sh "$@"
            """
        try withInit(behind: script) { program in
            let features = HostFeature.probeAll(initPath: program, account: nil)
            let missing = features.filter { $0.state == .missing }
            #expect(missing.map(\.name) == ["time-namespace"])
            #expect(missing.first?.remedy?.contains("user.max_time_namespaces") == true)
        }
    }

    @Test(arguments: [
        ("exit 7", "status 7"), ("kill -9 $$", "signal 9"), ("echo nonsense", "status 0"), ("echo", "status 0"),
        ("yes available", "the probe hung"), ("exec sleep 60", "the probe hung"),
    ])
    func aProgramThatIsNotInitIsNotBelieved(script: String, finding: String) throws {
        try withInit(behind: script) { program in
            let answer = ProbeRunner(initPath: program, account: nil, timeoutMilliseconds: 500).run("seccomp")
            guard case .missing(let found) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(found.contains(finding))
        }
    }

    @Test func aMissingInitIsTheFirstCause() throws {
        let features = HostFeature.probeAll(initPath: "/nonexistent/belljar-init", account: nil)
        let first = try #require(features.first { $0.state == .missing })
        #expect(first.name == "belljar-init")
        #expect(first.finding.contains("ENOENT"))
        #expect(first.remedy?.contains("BELLJAR_INIT") == true)
    }

    @Test func programsAreLookedForInThePath() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "belljar-doctor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, mode) in [("curl", 0o755), ("git", 0o644)] {
            try Data().write(to: folder.appending(path: name))
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: folder.appending(path: name).path)
        }
        let features = DoctorFacts.programs(path: "/nonexistent:\(folder.path)")
        #expect(features.map(\.name) == ["curl", "apt-get", "apt-cache", "git"])
        #expect(features.map(\.state) == [.available, .optionalMissing, .optionalMissing, .optionalMissing])
        #expect(features[0].finding == folder.appending(path: "curl").path)
        #expect(features[3].remedy == "apt-get install git")
    }

    @Test(arguments: [
        ("6.1.0-18-amd64", false), ("6.6.0", true), ("6.12.1+deb13-amd64", true), ("6.5.13", false),
        ("5.11.22-generic", false), ("4.19.0", false), ("6.18.44", true),
        ("10.0", true), ("rubbish", false),
    ])
    func oldKernelsAreNamed(release: String, isNew: Bool) {
        let feature = DoctorFacts.kernel(release)
        #expect(feature.state == (isNew ? .available : .missing))
        #expect((feature.remedy == nil) == isNew)
    }
}
