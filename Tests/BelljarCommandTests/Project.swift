import BelljarKernel
import BelljarModel
import TestSupport

/// A project, a store and a home of a test's own, removed with it. Its toolchain `tiny` is a static busybox with its
/// applets, imported from a tar archive that the test makes, so that nothing is fetched.
final class Project {
    private let folder: TestFolder
    var path: String { folder.path }

    /// The folder in which the programs stand beside the tests.
    static let programs: String = {
        let own = (try? Descriptor.workingDirectory.readLink("/proc/self/exe")) ?? []
        return "/" + String(decoding: own, as: UTF8.self).split(separator: "/").dropLast().joined(separator: "/")
    }()

    init(toolchain: Bool = true) throws {
        folder = try TestFolder()
        for name in ["Recipes", "Toolchains", "home", "tmp"] { try folder.makeDirectory(name) }
        if toolchain { try importToolchain() }
    }

    var store: String { path + "/store" }

    /// What every program of the test gets; nothing of the machine's own.
    var environment: [String: String] {
        [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": path + "/home", "TMPDIR": path + "/tmp",
            "BELLJAR_STORE": store, "NO_COLOR": "1", "LANG": "C.UTF-8",
        ]
    }

    // MARK: Files

    func write(_ relative: String, _ text: String, mode: UInt32 = 0o644) throws {
        try folder.write(relative, text, mode: mode)
    }

    func read(_ relative: String) throws -> String {
        try folder.text(relative)
    }

    func bytes(_ relative: String) throws -> [UInt8] { try folder.bytes(relative) }

    func exists(_ relative: String) -> Bool { (try? folder.descriptor.status(of: relative)) != nil }

    func remove(_ relative: String) throws { try folder.descriptor.removeTree(relative) }

    /// A recipe in `tiny`, with the lines that a test cares for added.
    func recipe(_ name: String, run: String, more: String = "", outputs: String = "[.]") throws {
        try recipe(name, steps: [("build", run)], more: more, outputs: outputs)
    }

    func recipe(
        _ name: String, steps: [(name: String, run: String)], more: String = "", outputs: String = "[.]"
    ) throws {
        let list = steps.map { step in
            let script = step.run.split(separator: "\n", omittingEmptySubsequences: false).map { "      \($0)\n" }
            return "  - name: \(step.name)\n    run: |\n" + script.joined()
        }
        try write(
            "Recipes/\(name)/recipe.yaml",
            """
            name: \(name)
            version: "1"
            toolchain: tiny
            epoch: 1700000000
            \(more)
            steps:
            \(list.joined())
            outputs: \(outputs)

            """)
    }

    /// Changes one byte of a blob, and so of every checkout that has it.
    func flip(_ digest: Digest, at offset: Int) throws {
        for suffix in ["", ".x"] {
            let path = "store/blobs/\(digest.hex.prefix(2))/\(digest.hex)\(suffix)"
            guard exists(path) else { continue }
            var bytes = try folder.descriptor.open(path).readAll(limit: 64 << 20)
            bytes[offset] ^= 1
            let file = try folder.descriptor.open(path, .readWrite)
            let modified = try file.status().modified
            try file.writeAll(bytes)
            // As a bad disk, or whoever does not want to be noticed, would leave it.
            try file.setTimes(modified)
        }
    }

    // MARK: Programs

    func start(
        _ program: String, _ arguments: [String], environment extra: [String: String] = [:]
    ) throws -> HostProcess {
        try HostProcess(
            program, arguments, environment: environment.merging(extra) { _, new in new }, directory: path)
    }

    func starting(_ arguments: String..., environment: [String: String] = [:]) throws -> HostProcess {
        try start(Self.programs + "/belljar", arguments, environment: environment)
    }

    /// Runs belljar in the project's folder.
    func belljar(_ arguments: String..., environment: [String: String] = [:]) throws -> Answer {
        try start(Self.programs + "/belljar", arguments, environment: environment).finish()
    }

    /// Makes a store, as the first command does that needs one, here one without a toolchain to run in.
    ///
    /// - Parameter path: nil for the project's own.
    func makeStore(_ path: String? = nil) throws {
        let answer = try belljar("run", "-t", "none", "--store", path ?? store, "--", "true")
        guard answer.code == 2, answer.complaint.contains("none") else {
            throw Unprepared(what: "store: \(answer.complaint)")
        }
    }

    func run(_ program: String, _ arguments: String...) throws -> Answer { try start(program, arguments).finish() }

    // MARK: The toolchain

    struct Unprepared: Error { var what: String }

    /// Makes the archive and answers its digest.
    func makeArchive() throws -> Digest {
        let script = """
            set -e
            mkdir -p root/bin root/etc
            cp /bin/busybox root/bin/busybox
            for applet in $(/bin/busybox --list); do
                [ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"
            done
            tar -c -C root --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f tiny.tar .
            rm -rf root
            """
        let made = try run("/bin/sh", "-c", script)
        guard made.code == 0 else { throw Unprepared(what: "archive: \(made.complaint)") }
        return Digest(of: try folder.descriptor.open("tiny.tar").readAll(limit: 64 << 20))
    }

    func importToolchain(address: String = "https://archive.invalid/tiny.tar") throws {
        let digest = try makeArchive()
        let answer = try belljar("toolchain", "import", "tiny", address, "--sha256", digest.hex, "--file", "tiny.tar")
        guard answer.code == 0 else { throw Unprepared(what: "toolchain: \(answer.complaint)") }
    }
}
