import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarStore
import TestSupport
import Testing

@testable import BelljarFetch
@testable import BelljarHost

@Suite struct CurlTests {
    private func get(_ address: String) throws -> (outcome: Curl.Outcome, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        let address = try #require(WebAddress(address))
        let outcome = try Curl(stallSeconds: 2).get(address, check: {}) { bytes.append(contentsOf: $0) }
        return (outcome, bytes)
    }

    @Test func getsFilesOfAllSizes() throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let server = try LoopbackServer([
            "/large": .file(large), "/empty": .file([]), "/odd": .withoutLength([1, 2, 3]),
            "/redirect": .redirect(to: "/large"), "/%5Ba-c%5D": .file([7]), "/[a-c]": .file([8]),
        ])
        for (path, bytes) in [
            ("/large", large), ("/empty", []), ("/odd", [1, 2, 3]), ("/redirect", large), ("/%5Ba-c%5D", [7]),
            ("/[a-c]", [8]),
        ] {
            let got = try get(server.base + path)
            #expect(got.outcome == .complete)
            #expect(got.bytes == bytes, "\(path)")
        }
    }

    @Test func putsFailuresInWords() throws {
        let server = try LoopbackServer([
            "/gone": .status(404), "/secret": .status(403), "/busy": .status(429), "/broken": .status(502),
            "/cut": .cutOff([1, 2, 3, 4], after: 2), "/file": .redirect(to: "file:///etc/passwd"),
            "/loop": .redirect(to: "/loop"), "/stalled": .stalled,
        ])
        let cases: [(path: String, passes: Bool, words: String)] = [
            ("/gone", false, "there is no such file (HTTP status 404)"),
            ("/secret", false, "the server does not allow it (HTTP status 403)"),
            ("/busy", true, "busy (HTTP status 429)"), ("/broken", true, "failed (HTTP status 502)"),
            ("/cut", true, "the transfer was cut off"), ("/file", false, "neither http nor https"),
            ("/loop", false, "too many redirects"), ("/stalled", true, "too slow"),
        ]
        for (path, passes, words) in cases {
            let got = try get(server.base + path)
            switch got.outcome {
            case .complete, .tooLarge: Issue.record("\(path) is \(got.outcome)")
            case .passing(let text): #expect(passes && text.contains(words), "\(path): \(text)")
            case .lasting(let text): #expect(!passes && text.contains(words), "\(path): \(text)")
            }
        }
        #expect(server.requests("/loop") == 6)
        // Nothing listens on port 1 (tcpmux), and no program of an ordinary user may.
        let gone = try get("http://127.0.0.1:1/")
        guard case .passing(let text) = gone.outcome else { return #expect(Bool(false), "\(gone.outcome)") }
        #expect(text.contains("no connection"))
    }

    /// What a killed belljar leaves between starting a program and the program's asking for a death signal: a process with
    /// another parent. Control: with the right one, the program runs.
    @Test func doesNotStartForAnotherParent() throws {
        let folder = try TestFolder()
        let touch = try #require(HostProgram.find("touch", passing: ["PATH"]))
        for (name, parent) in [("right", Host.processId), ("other", 1)] as [(String, Int32)] {
            let arguments = try touch.tied(["\(folder.path)/\(name)"], parent: parent)
            var child = try ChildProcess.spawn(arguments[0], argv: arguments, environment: [:], descriptors: [])
            let end = try child.wait()
            #expect((end.exit == .status(0)) == (name == "right"))
        }
        let made = try Descriptor.workingDirectory.open(folder.path, .directory).entries()
        #expect(made.map { String(decoding: $0.name, as: UTF8.self) } == ["right"])
    }

    /// The program is gone when its output is refused: nothing goes on in the background.
    @Test func endsTheProgramWithAnError() throws {
        let server = try LoopbackServer(["/endless": .endless])
        let address = try #require(WebAddress(server.base + "/endless"))
        let stop = BelljarError(.integrity, operation: "test", subject: "x", answer: "enough")
        var taken = 0
        let error = #expect(throws: BelljarError.self) {
            try Curl(stallSeconds: 2).get(address, check: {}) { (piece) throws(BelljarError) in
                taken += piece.count
                if taken > 1_000_000 { throw stop }
            }
        }
        #expect(error?.answer == "enough")
        #expect(taken < 1_200_000)
        for _ in 0..<100 where server.openConnections > 0 { pause(until: .after(milliseconds: 20)) }
        #expect(server.openConnections == 0)
        // The limit of 256 MiB was not what ended it.
        #expect(server.bytesSent < 64 << 20)
    }

    @Test func namesTheMissingProgram() {
        #expect(HostProgram.find("belljar-no-such-program", passing: []) == nil)
        #expect(HostProgram.find("sh", passing: ["PATH"])?.environment.keys.sorted() == ["PATH"])
    }

    @Test func givesProgramsWhatTheyNeedAndNoMore() throws {
        let shell = try #require(HostProgram.find("sh", passing: ["NOT_SET"], setting: ["A": "1"]))
        let run = try shell.output(
            of: ["-c", "echo $A $HOME; cat; ls /proc/self/fd | wc -l; echo oops >&2; exit 3"], limit: 99)
        // PWD and the like are the shell's own; ls opens one descriptor itself.
        #expect(run.text == "1\n4\n")
        #expect(run.end.errorText == "oops\n")
        #expect(run.end.exit == .status(3))
        #expect(throws: BelljarError.self) { try shell.output(of: ["-c", "echo 0123456789"], limit: 5) }
        let env = try #require(HostProgram.find("env", passing: [], setting: ["A": "1"]))
        #expect(try env.output(of: [], limit: 99).text == "A=1\n")
    }

    /// The threats: a program that never ends, one that a server feeds a byte now and then, one that fills the disk. What it
    /// started goes with it.
    @Test func hostProgramsKeepToTheirBounds() throws {
        var shell = try #require(HostProgram.find("sh", passing: ["PATH"]))
        func run(_ script: String) throws -> Overrun? { try shell.run(["-c", script]) { _ in }.overrun }
        shell.bounds.seconds = 1
        #expect(try run("sleep 30 & sleep 30") == .time(1))
        shell.bounds.seconds = 60
        shell.bounds.silentSeconds = 1
        #expect(try run("while sleep 0.2; do echo x; done") == .silence(1))
        // Busy, and fast enough.
        #expect(try run("i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done") == nil)
        #expect(try run("for i in 1 2 3 4 5 6 7 8; do head -c 1000 /dev/zero; sleep 0.25; done") == nil)
        let folder = "\(Host.environment("TMPDIR") ?? "/tmp")/belljar-bounds-\(UInt64.random(in: 0 ... .max))"
        _ = try Descriptor.makeDirectories(folder + "/inner")
        defer { try? Descriptor.workingDirectory.removeTree(folder) }
        shell.bounds.silentSeconds = nil
        shell.bounds.folder = folder
        shell.bounds.folderBytes = 1 << 20
        #expect(try run("head -c 1000000 /dev/zero >\(folder)/inner/a") == nil)
        #expect(try run("head -c 100000 /dev/zero >\(folder)/inner/b; sleep 30") == .bytes(1 << 20))
        // The kernel holds one that is quicker than the looks: 64 MiB more than may be, and no byte.
        try Descriptor.workingDirectory.removeTree(folder + "/inner")
        let end = try shell.run(["-c", "exec head -c 900000000 /dev/zero >\(folder)/c"]) { _ in }
        #expect(end.overrun != nil || end.exit != .status(0))
        let size = try Descriptor.workingDirectory.status(of: folder + "/c").size
        #expect(size <= 65 << 20, "\(size)")
    }

    /// What reads a server's bytes has no rights that count, and still dies with who started it.
    @Test(.enabled(if: Host.effectiveUid == 0, "needs root: there is an account to change to"))
    func hostProgramsRunUnderTheAccountAsRoot() throws {
        var shell = try #require(HostProgram.find("sh", passing: ["PATH"]))
        let look = "id -u; id -g; id -G; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status"
        #expect(try shell.output(of: ["-c", look], limit: 999).text.hasPrefix("0\n"))
        shell.account = Account(uid: 65534, gid: 65534)
        #expect(
            try shell.output(of: ["-c", look], limit: 999).text
                == "65534\n65534\n65534\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n")
        shell.bounds.seconds = 1
        #expect(try shell.run(["-c", "sleep 30 & sleep 30"]) { _ in }.overrun == .time(1))
    }
}
