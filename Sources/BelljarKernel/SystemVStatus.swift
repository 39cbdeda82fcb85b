internal import CLinux
internal import Glibc

/// What the kernel tells of shared memory, queues and semaphores of System V (shmctl(2), msgctl(2), semctl(2)), for those
/// who pass it on. The structures are the kernel's on x86_64 (include/uapi/asm-generic/shmbuf.h, msgbuf.h, and for
/// semaphores arch/x86/include/uapi/asm/sembuf.h).
package enum SystemVStatus: Sendable {
    case sharedMemory
    case queue
    case semaphores

    /// Bytes that are enough for each of the structures.
    package static let maximumSize = 128

    /// Bytes of the structure.
    package var size: Int {
        switch self {
        case .sharedMemory: 112
        case .queue: 120
        case .semaphores: 104
        }
    }

    /// Where its times are, in seconds since 1970 or 0 for never.
    package var times: [Int] {
        switch self {
        case .sharedMemory: [56, 64, 72]
        case .queue: [48, 56, 64]
        case .semaphores: [48, 64]
        }
    }

    /// - Returns: the call's answer, or the error's number below 0.
    package func read(
        _ id: Int32, number: Int32 = 0, command: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        let answer =
            switch self {
            case .sharedMemory: unsafe bj_shmctl(id, command, buffer.baseAddress)
            case .queue: unsafe bj_msgctl(id, command, buffer.baseAddress)
            case .semaphores: unsafe bj_semctl(id, number, command, buffer.baseAddress)
            }
        return answer < 0 ? -errno : answer
    }
}
