internal import BelljarControls
internal import BelljarKernel

/// Control `clock`: when somebody last used shared memory, a queue or semaphores of System V is the epoch, or never.
extension Worker {
    /// shmctl(id, command, buffer)
    func sharedMemoryTimes() throws(Refusal) -> Reply {
        try status(.sharedMemory, command: call.int(1), to: call.argument(2))
    }

    /// msgctl(id, command, buffer)
    func messageQueueTimes() throws(Refusal) -> Reply {
        try status(.queue, command: call.int(1), to: call.argument(2))
    }

    /// semctl(id, number, command, buffer)
    func semaphoreTimes() throws(Refusal) -> Reply {
        try status(.semaphores, number: call.int(1), command: call.int(2), to: call.argument(3))
    }

    /// PID 1 is in the same namespace and has the same account, so it is told the same.
    private func status(
        _ kind: SystemVStatus, number: Int32 = 0, command: Int32, to address: UInt64
    ) throws(Refusal) -> Reply {
        let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<SystemVStatus.maximumSize])
        let answer = unsafe kind.read(call.int(0), number: number, command: command, into: buffer)
        guard answer >= 0 else { throw .errno(Errno(rawValue: -answer)) }
        unsafe kind.setTimes(shared.world.epoch, in: buffer)
        try unsafe write(UnsafeRawBufferPointer(rebasing: buffer[..<kind.size]), to: address)
        return .value(Int64(answer))
    }
}
