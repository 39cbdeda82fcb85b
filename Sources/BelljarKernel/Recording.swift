#if DEBUG
    internal import Glibc

    /// Watches the system calls of one thread and answers them in the kernel's place: unit tests see in which order
    /// set-up code does what, and what it makes of a failure, without privileges and without effect.
    ///
    /// Debug builds only. It sits in the one place that every call goes through, so nothing has to be written twice to be
    /// recordable.
    package final class Recording {
        package enum Answer: Sendable {
            /// The call is made for real.
            case real
            case result(Int)
            /// The call fails with this error number.
            case failure(Int32)
        }

        /// `openat /proc/self/uid_map`, in the order of the calls.
        package private(set) var calls: [String] = []
        private let answer: (_ call: String, _ subject: String) -> Answer

        private init(_ answer: @escaping (String, String) -> Answer) { self.answer = answer }

        /// Runs `body` with the calls of this thread recorded.
        package static func of(
            answering answer: @escaping (_ call: String, _ subject: String) -> Answer = { call, _ in success(of: call)
            },
            _ body: () throws -> Void
        ) rethrows -> Recording {
            let recording = Recording(answer)
            let previous = unsafe pthread_getspecific(key)
            _ = unsafe pthread_setspecific(key, Unmanaged.passUnretained(recording).toOpaque())
            defer { _ = unsafe pthread_setspecific(key, previous) }
            try body()
            return recording
        }

        /// What a call answers that succeeds: a descriptor that nobody has open (it will be closed), everything written.
        package static func success(of call: String) -> Answer {
            switch call {
            case "openat", "openat2", "open_tree", "fsopen", "fsmount", "signalfd": .result(1 << 30)
            case "write": .result(.max)
            default: .result(0)
            }
        }

        /// Whether the calls of this thread are recorded.
        package static var isRunning: Bool { unsafe pthread_getspecific(key) != nil }

        static func intercept(_ call: String, _ subject: @autoclosure () -> String) throws(KernelError) -> Int? {
            guard let found = unsafe pthread_getspecific(key) else { return nil }
            let recording = unsafe Unmanaged<Recording>.fromOpaque(found).takeUnretainedValue()
            let text = subject()
            recording.calls.append(text.isEmpty ? call : "\(call) \(text)")
            switch recording.answer(call, text) {
            case .real: return nil
            case .result(let number): return number
            case .failure(let number): throw KernelError(call: call, subject: text, number: number)
            }
        }

        /// A slot for each thread, so that tests that run at the same time do not see each other's calls.
        private static let key: pthread_key_t = {
            var made = pthread_key_t()
            _ = unsafe pthread_key_create(&made, nil)
            return made
        }()
    }
#endif
