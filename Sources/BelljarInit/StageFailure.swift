package import BelljarKernel
package import BelljarPlan

/// A system call that failed, and the stage in which.
package struct StageFailure: Error, Hashable, Sendable {
    package var stage: Stage
    package var error: KernelError
    /// Not nil if what a build wants must not be: the reason, for the error's subject.
    var violation: String?

    /// As the parent hears of it.
    var report: Report {
        if let violation { return .violation(program: error.subject, reason: violation) }
        return .failed(stage: stage, errorNumber: error.number, call: error.call, subject: error.subject)
    }
}

/// Runs one stage of the set-up, so that whatever fails in it carries the stage's name.
func at<Result: ~Copyable>(
    _ stage: Stage, _ body: () throws(KernelError) -> Result
) throws(StageFailure) -> Result {
    do throws(KernelError) {
        return try body()
    } catch {
        throw StageFailure(stage: stage, error: error)
    }
}
