import Glibc
import Testing

@testable import BelljarKernel

@Suite struct ErrorNumberTests {
    private final class Owner {
        var child: ChildProcess?
        init(_ child: consuming ChildProcess) { self.child = consume child }
    }

    /// Opens what is not there, runs `between`, and answers the number that the error tells.
    private func error(_ between: () -> Void) -> Int32? {
        do throws(KernelError) {
            _ = try checked("open", "missing") {
                let answer = Glibc.open("/missing/belljar", O_RDONLY)
                between()
                return answer
            }
            return nil
        } catch { return error.number }
    }

    /// An optimised build destroys values between a call and the reading of errno; here that is written out.
    @Test func `a destructor between a call and the reading of its error changes nothing`() throws {
        // What a destructor would do to it without care.
        #expect(error { _ = Glibc.close(1 << 30) } == EBADF)
        #expect(error {} == ENOENT)
        #expect(error { _ = Descriptor(owning: 1 << 30) } == ENOENT)
        #expect(error { _ = Descriptor(owning: AT_FDCWD) } == ENOENT)
        // Killed and waited for, which ends with an error.
        let owner = Owner(
            try ChildProcess.spawn(
                "/bin/sleep", argv: ["sleep", "60"], environment: [:], descriptors: [], directory: "/"))
        #expect(error { owner.child = nil } == ENOENT)
    }

    @Test func `what is no descriptor is not closed`() throws {
        let pipe = try Pipe()
        #expect(fcntl(pipe.reader.number, F_GETFD) >= 0)
        do { _ = Descriptor(owning: -1) }
        errno = 0
        do { _ = Descriptor(owning: AT_FDCWD) }
        #expect(errno == 0)
    }
}
