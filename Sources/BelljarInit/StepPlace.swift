internal import BelljarKernel
internal import BelljarPlan

/// Where a step begins: its directory and its program, which are a build's own. Their paths are followed in a process that
/// still belongs to belljar, so nothing may lead from them to what only belljar has: its program (`/proc/self/exe`) and its
/// descriptors (`/proc/self/fd`). The kernel refuses such links here (RESOLVE_NO_MAGICLINKS), and nothing in `/proc` is a
/// place to begin in.
///
/// What is found here is what execve(2) finds a moment later: no other process of the build is alive, so nobody can put
/// something else in a place.
enum StepPlace {
    /// Opens a step's directory as a place.
    static func directory(_ path: String) throws(StageFailure) -> Descriptor {
        do throws(KernelError) {
            return try open(path, at: Descriptor.workingDirectory, [.pathOnly, .directory])
        } catch {
            throw failure(.commandDirectory, error, path, at: Descriptor.workingDirectory) {
                "it leads into /proc, and no step may begin there"
            }
        }
    }

    /// The paths at which a command's program may be, as execvp(3) would try them.
    ///
    /// - Parameter directory: that the command will begin in.
    /// - Throws: a violation if the first one that is there leads into `/proc`, itself or by an interpreter.
    static func programs(
        for command: Plan.Command, in directory: borrowing Descriptor
    ) throws(StageFailure) -> [String] {
        var found: [String] = []
        var refused: KernelError?
        for path in CommandProcess.candidates(for: command) {
            do throws(StageFailure) {
                try check(path, in: directory)
                found.append(path)
            } catch {
                if error.violation != nil {
                    guard found.isEmpty else { break }
                    throw error
                }
                // A later folder may hold it; but a program that is there and cannot be run is what the user wants
                // to hear of.
                if !error.error.isNotFound { refused = refused ?? error.error }
            }
        }
        guard found.isEmpty else { return found }
        let missing = KernelError.notFound(call: "execve", subject: command.argv.first ?? "")
        throw StageFailure(stage: .commandExecute, error: refused ?? missing)
    }

    /// How many interpreters the kernel follows, one after the other (`exec_binprm` in fs/exec.c).
    private static let interpreterLimit = 5

    /// Follows a program and all its interpreters as the kernel does.
    private static func check(_ program: String, in directory: borrowing Descriptor) throws(StageFailure) {
        var path = Array(program.utf8)
        for _ in 0...interpreterLimit {
            guard let header = try header(path, of: program, in: directory) else { return }
            switch header {
            case .script(let interpreter): path = interpreter
            case .program(let interpreter):
                guard let interpreter else { return }
                _ = try self.header(interpreter, of: program, in: directory)
                return
            }
        }
        throw StageFailure(
            stage: .commandExecute, error: KernelError(call: "execve", subject: program, number: ProgramHeader.tooDeep))
    }

    /// - Returns: nil for what is no regular file, which the kernel does not run.
    private static func header(
        _ path: [UInt8], of program: String, in directory: borrowing Descriptor
    ) throws(StageFailure) -> ProgramHeader? {
        do throws(KernelError) {
            let file = try open(path, at: directory, [.read, .nonblocking])
            guard try file.status().kind == .regular else { return nil }
            return try ProgramHeader(file, path.displayName)
        } catch {
            throw failure(.commandExecute, error, program, leading: path, at: directory) {
                path == Array(program.utf8)
                    ? "it leads into /proc, and no program there may be run"
                    : "its interpreter \(path.displayName) leads into /proc, and no program there may be run"
            }
        }
    }

    private static func open(
        _ path: some PathName, at base: borrowing Descriptor, _ flags: OpenFlags
    ) throws(KernelError) -> Descriptor {
        let file = try base.openWithoutMagic(path, flags)
        guard try !file.fileSystem().isProcesses else { throw .notPermitted("openat2", path.displayName) }
        return file
    }

    private static func failure(
        _ stage: Stage, _ error: KernelError, _ subject: String, leading path: [UInt8]? = nil,
        at base: borrowing Descriptor, reason: () -> String
    ) -> StageFailure {
        var failure = StageFailure(stage: stage, error: error)
        failure.error.subject = subject
        // The kernel does not tell a link of /proc from a circle of links, and says of one to a descriptor that belljar has
        // closed only that it is not there.
        if leadsIntoProcesses(path ?? Array(subject.utf8), at: base) { failure.violation = reason() }
        return failure
    }

    /// Symbolic links on one path after which the kernel gives up (MAXSYMLINKS).
    private static let linkLimit = 40

    /// Whether a path comes through a `/proc` anywhere. Links are read and not followed.
    static func leadsIntoProcesses(_ path: [UInt8], at base: borrowing Descriptor) -> Bool {
        let slash = UInt8(ascii: "/")
        do throws(KernelError) {
            var rest = Array(path.split(separator: slash).reversed())
            var here = try base.openWithoutMagic(path.first == slash ? "/" : ".", [.pathOnly, .directory])
            var links = 0
            while let name = rest.popLast() {
                let next = try here.open(Array(name), .pathOnly)
                if try next.fileSystem().isProcesses { return true }
                guard try next.status().kind == .symlink else {
                    here = next
                    continue
                }
                links += 1
                guard links <= linkLimit else { return false }
                let target = try here.readLink(Array(name))
                rest += target.split(separator: slash).reversed()
                if target.first == slash { here = try here.openWithoutMagic("/", [.pathOnly, .directory]) }
            }
            return false
        } catch {
            return false
        }
    }
}

/// What the kernel reads of a file to run it (fs/binfmt_script.c, fs/binfmt_elf.c), as far as it names another file.
enum ProgramHeader: Equatable {
    /// `#!` with the path of an interpreter.
    case script(interpreter: [UInt8])
    /// A program for this machine, with the path of its dynamic linker if it has one.
    case program(interpreter: [UInt8]?)

    /// ELOOP.
    static let tooDeep: Int32 = 40
    /// ENOEXEC. Also for what an interpreter that somebody registered on the host would run (binfmt_misc): that is no part of
    /// a sandbox.
    static let noProgram: Int32 = 8
    /// BINPRM_BUF_SIZE.
    static let size = 256
    /// PATH_MAX.
    static let longestPath: UInt64 = 4096

    init(_ file: borrowing Descriptor, _ name: String) throws(KernelError) {
        let error = KernelError(call: "execve", subject: name, number: Self.noProgram)
        let start = try Self.read(file, at: 0, Self.size)
        if let interpreter = Self.interpreter(ofScript: start) {
            self = .script(interpreter: interpreter)
            return
        }
        // 64 bits, little endian, x86-64: nothing else runs in a sandbox.
        guard start.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), Self.number(start, 18, bytes: 2) == 62 else {
            throw error
        }
        let table = Self.number(start, 32, bytes: 8)
        let (entrySize, count) = (Int(Self.number(start, 54, bytes: 2)), Int(Self.number(start, 56, bytes: 2)))
        guard entrySize == 56, 1...1170 ~= count, table < 1 << 62 else { throw error }
        let entries = try Self.read(file, at: table, entrySize * count)
        for index in 0..<count {
            let entry = Array(entries[(index * entrySize)..<((index + 1) * entrySize)])
            guard Self.number(entry, 0, bytes: 4) == 3 else { continue }
            let (place, length) = (Self.number(entry, 8, bytes: 8), Self.number(entry, 32, bytes: 8))
            guard 2...Self.longestPath ~= length, place < 1 << 62 else { throw error }
            let text = try Self.read(file, at: place, Int(length))
            guard text.last == 0 else { throw error }
            self = .program(interpreter: Array(text.prefix { $0 != 0 }))
            return
        }
        self = .program(interpreter: nil)
    }

    /// The path behind `#!`; nil for what the kernel does not take for a script.
    ///
    /// - Parameter start: the first 256 bytes of a file, zeros where it is shorter.
    static func interpreter(ofScript start: [UInt8]) -> [UInt8]? {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard start.count == size, start[0] == UInt8(ascii: "#"), start[1] == UInt8(ascii: "!") else { return nil }
        let line: ArraySlice<UInt8>
        if let end = start.firstIndex(of: UInt8(ascii: "\n")) {
            line = start[2..<end]
        } else {
            // The last byte is not looked at. Without anything behind the name, that may be cut off.
            line = start[2..<(size - 1)]
            guard let name = start[2...].firstIndex(where: { !isBlank($0) }),
                start[name...].contains(where: { isBlank($0) || $0 == 0 })
            else { return nil }
        }
        let name = line.drop(while: isBlank)
        guard !name.isEmpty else { return nil }
        return Array(name.prefix { !isBlank($0) && $0 != 0 })
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, bytes count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
    }

    /// Zeros behind the end of the file.
    private static func read(
        _ file: borrowing Descriptor, at offset: UInt64, _ count: Int
    ) throws(KernelError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: KernelError?
        unsafe bytes.withUnsafeMutableBytes { room in
            do throws(KernelError) {
                var done = 0
                while done < count {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[done...])
                    let got = try unsafe file.read(into: rest, at: offset + UInt64(done))
                    if got == 0 { return }
                    done += got
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}
