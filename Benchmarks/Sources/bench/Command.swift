import CCredentials
import Glibc

/// A program to run and measure.
struct Command {
    var arguments: [String]
    var environment: [String: String]
    /// Root only to prepare and for tools that need it: everything else runs as an ordinary user.
    var runsAsRoot = false
    var directory: String

    /// What one run took.
    struct Run {
        /// From before the start to after the exit, in seconds.
        let seconds: Double
        let status: Int32
        /// Standard output and standard error together, at most 1 MiB.
        let output: String
    }

    /// Runs the program to its end. `watching` is called with its process id every two milliseconds meanwhile; without
    /// it the wait blocks, so that the figure holds nothing of ours.
    func run(watching: ((pid_t) -> Void)? = nil) throws -> Run {
        let log = try TemporaryFile()
        try Identity.assume(runsAsRoot ? .root : .builder)
        defer { Identity.restore() }
        guard chdir(directory) == 0 else { throw Failure("cannot enter \(directory)") }
        let begin = now()
        let pid = try spawn(output: log.descriptor)
        var status: Int32 = 0
        if let watching {
            while waitpid(pid, &status, WNOHANG) == 0 {
                watching(pid)
                usleep(2_000)
            }
        } else {
            while waitpid(pid, &status, 0) < 0 {
                guard errno == EINTR else { throw Failure("waitpid: \(String(cString: strerror(errno)))") }
            }
        }
        let seconds = now() - begin
        let exit = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
        return Run(seconds: seconds, status: exit, output: log.text(limit: 1 << 20))
    }

    /// Runs the program and insists on success.
    @discardableResult func succeed() throws -> Run {
        let run = try run()
        guard run.status == 0 else {
            let end = run.output.split(separator: "\n").suffix(3).joined(separator: " | ")
            throw Failure("\(arguments.prefix(3).joined(separator: " ")) ended with \(run.status): \(end)")
        }
        return run
    }

    private func spawn(output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] =
            environment.sorted { $0.key < $1.key }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let answer = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &envp)
        guard answer == 0 else { throw Failure("cannot start \(arguments[0]): \(String(cString: strerror(answer)))") }
        return pid
    }
}

/// Seconds of the monotonic clock.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A file that is gone from its folder as soon as it is open.
private final class TemporaryFile {
    let descriptor: Int32

    init() throws {
        var path = Array("/tmp/belljar-bench-log-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Failure("no temporary file: \(String(cString: strerror(errno)))") }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    func text(limit: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = pread(descriptor, &bytes, limit, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

/// Who the next program runs as. Started by root, the benchmarks run belljar and its peers as an ordinary user, which
/// is how belljar is meant to be used.
enum Identity {
    case root
    case builder

    static let builderID: uid_t = 65534
    private static let startedByRoot = getuid() == 0

    static func assume(_ identity: Identity) throws {
        guard startedByRoot else {
            if case .root = identity { throw Failure("needs root") }
            return
        }
        guard case .builder = identity else { return }
        // The saved id stays 0, so that this process can go back; a program that is started takes its effective id
        // as its saved one and cannot.
        guard setgroups(0, nil) == 0, cb_setresgid(builderID, builderID, 0) == 0,
            cb_setresuid(builderID, builderID, 0) == 0
        else { throw Failure("cannot become uid \(builderID)") }
    }

    static func restore() {
        guard startedByRoot else { return }
        guard cb_setresuid(0, 0, 0) == 0, cb_setresgid(0, 0, 0) == 0 else { fatalError("cannot become root again") }
    }
}
