import BelljarKernel
import BelljarPlan
import FoundationEssentials
import Testing

@testable import BelljarInit

/// Where a step may begin, without a sandbox: this process is as good a place for links of /proc as PID 1.
@Suite struct StepPlaceTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/belljar-step-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func withFolder(_ body: () throws -> Void) rethrows {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body()
    }

    private func link(_ name: String, _ target: String) throws {
        try Descriptor.workingDirectory.makeSymlink("\(folder)/\(name)", target: target)
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try Descriptor.workingDirectory.open("\(folder)/\(name)", [.write, .create], mode: 0o755).writeAll(bytes)
    }

    private func command(_ name: String, path: String = "") -> Plan.Command {
        Plan.Command(argv: [name], environment: ["PATH=\(path)"], directory: folder)
    }

    private func programs(_ command: Plan.Command) throws(StageFailure) -> [String] {
        try StepPlace.programs(for: command, in: StepPlace.directory(folder))
    }

    // MARK: Directories

    @Test(arguments: [
        "/proc/self/fd/NUMBER", "/proc/thread-self/fd/NUMBER", "/dev/fd/NUMBER", "/proc/self/cwd", "/proc/self/root",
        // Not open, not there, no link at all: /proc is no place to begin in.
        "/proc/self/fd/999", "/proc/self/nothing", "/proc/self/task", "/proc", "first",
    ])
    func noDirectoryLeadsIntoProcesses(_ target: String) throws {
        try withFolder {
            let kept = try Descriptor.workingDirectory.open(folder, .directory)
            try link("first", "/proc/self/fd/\(kept.number)")
            try link("link", target.replacing("NUMBER", with: "\(kept.number)"))
            // Without the defence it is a way to what this process has open.
            if target.hasSuffix("NUMBER") { _ = try Descriptor.workingDirectory.open("\(folder)/link/.", .directory) }
            let failure = #expect(throws: StageFailure.self) { _ = try StepPlace.directory("\(folder)/link").number }
            #expect(failure?.stage == .commandDirectory)
            #expect(
                failure?.report
                    == .violation(
                        program: "\(folder)/link", reason: "it leads into /proc, and no step may begin there"))
        }
    }

    @Test func ordinaryLinksAreFollowed() throws {
        try withFolder {
            try FileManager.default.createDirectory(atPath: folder + "/real/inner", withIntermediateDirectories: true)
            try link("relative", "real")
            try link("absolute", folder + "/relative/inner/..")
            let real = try Descriptor.workingDirectory.status(of: folder + "/real").inode
            for name in ["relative", "absolute", "relative/inner/.."] {
                #expect(try StepPlace.directory("\(folder)/\(name)").status().inode == real)
            }
        }
    }

    @Test func whatIsMissingIsNoViolation() throws {
        try withFolder {
            try link("nowhere", "gone")
            try link("circle", "circle")
            for (name, number) in [("missing", Int32(2)), ("nowhere", 2), ("circle", 40)] {
                let failure = #expect(throws: StageFailure.self) {
                    _ = try StepPlace.directory("\(folder)/\(name)").number
                }
                #expect(failure?.violation == nil)
                #expect(failure?.error.number == number)
            }
        }
    }

    // MARK: Programs

    @Test(arguments: [
        "/proc/self/exe", "/proc/thread-self/exe", "/proc/1/exe", "/proc/self/fd/999", "/dev/fd/3", "/proc/version",
        "../../../../../../../../../proc/self/exe",
    ])
    func noProgramLeadsIntoProcesses(_ target: String) throws {
        try withFolder {
            try link("link", target)
            try write("script", Array("#!\(folder)/link\n".utf8))
            try write("outer", Array("#!\(folder)/script -x\n".utf8))
            let direct = #expect(throws: StageFailure.self) { try programs(command("\(folder)/link")) }
            #expect(
                direct?.report
                    == .violation(
                        program: "\(folder)/link", reason: "it leads into /proc, and no program there may be run"))
            for name in ["script", "outer", "./outer"] {
                let failure = #expect(throws: StageFailure.self) { try programs(command("\(folder)/\(name)")) }
                #expect(
                    failure?.violation
                        == "its interpreter \(folder)/link leads into /proc, and no program there may be run")
            }
        }
    }

    @Test func aPathInProcessesIsRefusedWhereItWouldBeUsed() throws {
        try withFolder {
            try link("sh", "/bin/sh")
            let failure = #expect(throws: StageFailure.self) {
                try programs(command("sh", path: "/proc/self/fd/8:\(folder)"))
            }
            #expect(failure?.violation != nil)
            #expect(try programs(command("sh", path: "/nowhere:\(folder):/proc/self/fd/8")) == ["\(folder)/sh"])
        }
    }

    @Test func theDynamicLinkerIsFollowedToo() throws {
        try withFolder {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: "/proc/self/exe")).prefix(1 << 12))
            let old = Array("/lib64/ld-linux-x86-64.so.2\0".utf8)
            let new = Array("/proc/self/exe\0\0\0\0\0\0\0\0\0\0\0\0\0\0".utf8)
            try #require(old.count == new.count)
            try write("before", bytes)
            #expect(try programs(command("\(folder)/before")).count == 1)
            let place = try #require(
                (0..<(bytes.count - old.count)).first { Array(bytes[$0..<($0 + old.count)]) == old })
            bytes.replaceSubrange(place..<(place + old.count), with: new)
            try write("after", bytes)
            let failure = #expect(throws: StageFailure.self) { try programs(command("\(folder)/after")) }
            #expect(
                failure?.violation == "its interpreter /proc/self/exe leads into /proc, and no program there may be run"
            )
        }
    }

    /// What this machine's kernel makes of a first line, compared with what is made of it here.
    @Test(arguments: [
        "#!INTERPRETER", "#!INTERPRETER\n", "#! \t INTERPRETER \t\n", "#!INTERPRETER -x y\n", "#!INTERPRETER\0junk\n",
        "#!\n", "#!   \n", "#!", "#!\0", "#! INTERPRETER" + String(repeating: "x", count: 300),
        "#!INTERPRETER " + String(repeating: "x", count: 300),
        "#!" + String(repeating: " ", count: 300) + "INTERPRETER\n",
        "#!INTERPRETER" + String(repeating: " ", count: 300), "# !INTERPRETER\n", "INTERPRETER\n", "",
    ])
    func firstLinesAreReadAsTheKernelReadsThem(_ line: String) throws {
        try withFolder {
            try link("i", "/bin/true")
            let interpreter = Array("\(folder)/i".utf8)
            let text = Array(line.replacing("INTERPRETER", with: "\(folder)/i").utf8)
            try write("script", text)
            let found = ProgramHeader.interpreter(
                ofScript: text.prefix(256) + [UInt8](repeating: 0, count: max(0, 256 - text.count)))
            let runs: Bool
            do {
                var child = try ChildProcess.spawn("\(folder)/script", argv: ["x"], environment: [:], descriptors: [])
                runs = try child.wait().exit == .status(0)
            } catch { runs = false }
            #expect(
                runs == (found == interpreter),
                "\(line): \(found.map { String(decoding: $0, as: UTF8.self) } ?? "none")")
        }
    }

    @Test func interpretersAreFollowedAsFarAsTheKernelFollowsThem() throws {
        try withFolder {
            try link("0", "/bin/true")
            for number in 1...6 { try write("\(number)", Array("#!\(folder)/\(number - 1)\n".utf8)) }
            for number in 0...6 {
                let runs: Bool
                do {
                    var child = try ChildProcess.spawn(
                        "\(folder)/\(number)", argv: ["x"], environment: [:], descriptors: [])
                    runs = try child.wait().exit == .status(0)
                } catch { runs = false }
                let found = (try? programs(command("\(folder)/\(number)"))) != nil
                #expect(runs == found, "\(number) scripts")
            }
        }
    }

    @Test func whatTheKernelDoesNotRunItselfIsNoProgram() throws {
        try withFolder {
            for (name, bytes) in [
                ("windows", Array("MZ\0\0".utf8)), ("java", [0xca, 0xfe, 0xba, 0xbe, 0, 0]),
                ("text", Array("true\n".utf8)),
                // A program of 32 bits, and one for another machine.
                ("narrow", [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]), ("other", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]),
            ] {
                try write(name, bytes)
                let failure = #expect(throws: StageFailure.self) { try programs(command("\(folder)/\(name)")) }
                #expect(failure?.error.number == 8 && failure?.violation == nil)
            }
        }
    }
}
