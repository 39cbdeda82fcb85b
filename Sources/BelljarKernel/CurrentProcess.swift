internal import CLinux
internal import Glibc

/// What a process with a single thread does to itself and its children: the calls of belljar-init.
package enum CurrentProcess {
    /// Makes a second process that goes on from here. Only for a process with a single thread.
    ///
    /// - Returns: the child's number in the parent, 0 in the child.
    package static func fork() throws(KernelError) -> Int32 {
        try checked("fork") { Glibc.fork() }
    }

    /// Leaves session and terminal behind.
    package static func newSession() throws(KernelError) { _ = try checked("setsid") { setsid() } }

    /// Blocks SIGCHLD; from now on the answered descriptor is readable when a child has ended.
    package static func childSignals() throws(KernelError) -> Descriptor {
        Descriptor(owning: try checked("signalfd") { bj_child_signals() })
    }

    /// From now on this process is killed when the thread that started it ends. Only for a parent with one thread.
    package static func dieWithParent() throws(KernelError) {
        _ = try checked("prctl", "PR_SET_PDEATHSIG") { bj_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, 0) }
    }

    package static func unblockSignals() throws(KernelError) {
        _ = try checked("sigprocmask", "none") { bj_unblock_signals() }
    }

    /// Keeps this process, and everything that it starts, to the one processor that it happens to run on.
    package static func keepToOneProcessor() throws(KernelError) {
        _ = try checked("sched_setaffinity") { bj_keep_to_current_processor() }
    }

    /// Takes that back: all processors that this process may have.
    package static func spreadOverProcessors() throws(KernelError) {
        _ = try checked("sched_setaffinity") { bj_spread_over_processors() }
    }

    /// What umask(2) answers is the mask before, and an error only where somebody's filter has one for it. The C library
    /// passes that on as it is.
    package static func setFileMask(_ mask: UInt32) throws(KernelError) {
        let before = Int32(bitPattern: umask(mask))
        guard before >= 0 else { throw KernelError(call: "umask", subject: "", number: -before) }
        guard umask(mask) == mask else { throw .notPermitted("umask", "it is not what was set") }
    }

    /// Every descriptor from 3 on is closed by the next exec.
    package static func keepOnlyStandardDescriptors() throws(KernelError) {
        _ = try checked("close_range", "3- CLOEXEC") { bj_close_on_exec_from(3) }
    }

    /// Makes these the descriptors 0, 1, ... and closes every other one from there on.
    ///
    /// - Parameter numbers: open descriptors, none of which is one of those numbers, unless it is its own or that of a later
    ///   one. The same may come more than once.
    package static func keepOnly(asFirst numbers: [Int32]) throws(KernelError) {
        for (target, source) in numbers.enumerated() {
            _ = try checked("dup2", "\(source) \(target)") { dup2(source, Int32(target)) }
        }
        _ = try checked("close_range", "\(numbers.count)-") { bj_close_from(UInt32(numbers.count)) }
    }

    /// Asks for memory and gives it back unused; ENOMEM if it cannot be had.
    package static func tryMemory(_ bytes: Int) throws(KernelError) {
        _ = try checked("mmap", "\(bytes)") { bj_try_memory(bytes) }
    }

    /// Gives memory back to the kernel as soon as it is freed, in pieces of so many bytes or more. Left alone, the C library
    /// learns from pieces that were freed to keep such, for each thread, up to 64 MiB.
    package static func giveBackMemory(from bytes: Int32) { _ = bj_give_back_from(bytes) }

    /// Writing to what nobody reads is answered by EPIPE from now on, and does not end the process.
    package static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    package static func changeDirectory(_ path: String) throws(KernelError) {
        _ = try checked("chdir", path) { unsafe chdir(path) }
    }

    /// Becomes another program; comes back only with an error.
    ///
    /// - Parameter path: path of the program; no search.
    package static func execute(_ path: String, argv: [String], environment: [String]) throws(KernelError) {
        let arguments = try CStringArray(argv)
        let variables = try CStringArray(environment)
        _ = try checked("execve", path) { unsafe execve(path, arguments.pointer, variables.pointer) }
    }

    /// Kills every process of the pid namespace except PID 1, which calls this.
    package static func killAll() throws(KernelError) { try signalAll(SIGKILL) }

    /// Kills a child that has not been waited for.
    package static func kill(_ pid: Int32) { _ = try? checked("kill", "\(pid)") { Glibc.kill(pid, SIGKILL) } }

    /// Asks every process of the pid namespace except PID 1, which calls this, to end.
    package static func terminateAll() throws(KernelError) { try signalAll(SIGTERM) }

    /// What cannot be signalled would be waited for without end, so that has to be known.
    static func signalAll(_ number: Int32) throws(KernelError) {
        do throws(KernelError) { _ = try checked("kill", "-1 \(number)") { Glibc.kill(-1, number) } } catch {
            // Nobody is there: nothing to do.
            guard error.number == ESRCH else { throw error }
        }
    }

    /// Waits for any child.
    ///
    /// - Parameter blocking: whether to wait until one ends.
    /// - Returns: nil if there is no child, or none that has ended.
    package static func reap(blocking: Bool) throws(KernelError) -> (pid: Int32, end: ProcessEnd)? {
        var status: Int32 = 0
        var usage = rusage()
        do throws(KernelError) {
            let pid = try checked("wait4", "-1") { unsafe wait4(-1, &status, blocking ? 0 : WNOHANG, &usage) }
            return pid == 0 ? nil : (pid, ProcessEnd(status: status, usage: usage))
        } catch  where error.number == ECHILD {
            return nil
        }
    }

    /// Ends at once: no clean-up handlers, no flushing.
    package static func exitAtOnce(_ status: Int32) -> Never { _exit(status) }

    /// Offsets that make the monotonic and the boot clock start at their own fractions of a second in the time
    /// namespace that the next child is born into; as /proc/PID/timens_offsets wants them.
    package static func clockOffsetsToZero() -> String {
        "monotonic -\(seconds(CLOCK_MONOTONIC)) 0\nboottime -\(seconds(CLOCK_BOOTTIME)) 0\n"
    }

    private static func seconds(_ clock: clockid_t) -> Int {
        var now = timespec()
        // Fails only for a clock that does not exist, and both of these always do.
        _ = unsafe clock_gettime(clock, &now)
        return now.tv_sec
    }

    /// Writes a text to a file of /proc, in a single call, as those files want it.
    package static func writeSetting(_ path: String, _ text: String) throws(KernelError) {
        let file = try Descriptor.workingDirectory.open(path, .write)
        do throws(KernelError) {
            try file.writeAll(Array(text.utf8))
        } catch {
            throw KernelError(call: "write", subject: path, number: error.number)
        }
    }
}

extension Descriptor {
    /// Takes what is pending from a descriptor of `CurrentProcess.childSignals`, so that it is readable only when the
    /// next child ends. Several ends can be one signal.
    package func drainSignals() throws(KernelError) {
        // A pending signal is told in 128 bytes (signalfd(2)), and one of a kind is pending at most.
        var room = InlineArray<128, UInt8>(repeating: 0)
        _ = try checked("read", "signalfd") {
            unsafe withUnsafeMutableBytes(of: &room) { unsafe Glibc.read(number, $0.baseAddress, $0.count) }
        }
    }
}
