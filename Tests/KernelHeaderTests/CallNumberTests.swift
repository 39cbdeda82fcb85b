import BelljarControls
import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// A wrong number of a system call has another call answered in its place, or this one by the kernel with the host's facts; a build
/// gets an answer either way, and nothing says that it was not the world's.
@Suite(.enabled(if: KernelHeaders.areThere, KernelHeaders.reason)) struct CallNumberTests {
    /// The comparison itself: what is off by one is found, what the headers do not know is an error, and what is too new for any header
    /// counts neither way.
    @Test func aWrongNumberIsNoticed() throws {
        #expect(try KernelHeaders.findings([.init("__NR_brk", 12), .init("__NR_openat", 257)]) == [])
        #expect(
            try KernelHeaders.findings([.init("__NR_brk", 12), .init("__NR_openat", 258)]) == [
                "__NR_openat is 257 to the kernel, and 258 here"
            ])
        #expect(try KernelHeaders.findings([.init("AT_FDCWD", Int32(-100)), .init("O_CLOEXEC", 0o2000001)]).count == 1)
        let unknown = #expect(throws: KernelHeaders.Failure.self) {
            try KernelHeaders.findings([.init("__NR_no_such_call", 1)])
        }
        #expect(unknown?.description.contains("__NR_no_such_call") == true)
        #expect(try KernelHeaders.numbers(of: [.since("999.0", "NOT_YET"), "__NR_read"]) == ["__NR_read": 0])
        // A name that headers of its version lack is misspelled, and not skipped.
        #expect(throws: KernelHeaders.Failure.self) {
            try KernelHeaders.numbers(of: [.since("4.0", "NO_SUCH_NAME")])
        }
    }

    @Test func callsThatAreAnsweredHaveTheKernelsNumbers() throws {
        let claims = NotifiedCall.allCases.map { KernelHeaders.Claim(.init("__NR_\($0)"), $0.rawValue) }
        #expect(claims.count > 80)
        #expect(try KernelHeaders.findings(claims) == [])
    }

    /// A thread that waits in one of these lets time pass for others; one that is taken for something else stops the clock.
    @Test func callsThatThreadsWaitInHaveTheKernelsNumbers() throws {
        let claims = ThreadCall.Waiting.allCases.map { KernelHeaders.Claim(.init("__NR_\($0)"), $0.rawValue) }
        #expect(claims.count > 20)
        #expect(try KernelHeaders.findings(claims) == [])
        #expect(ThreadCall.forAnything.isSuperset(of: ThreadCall.Waiting.allCases.map(\.rawValue)))
        // And those that PID 1 is asked about.
        #expect(ThreadCall.forAnything.count == claims.count + 11)
    }
}
