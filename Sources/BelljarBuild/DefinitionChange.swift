/// One thing that decides the result of a build, and is otherwise than in an earlier definition.
package struct DefinitionChange: Hashable, Sendable {
    package enum Part: String, CaseIterable, Sendable {
        case recipe, toolchain, source, input, step, variable, output, epoch, limit, requirement, sandbox, control,
            seed,
            secret
    }

    package var part: Part
    /// Which of its kind: a step's name, a source's address; empty where there is just one.
    package var subject: String
    /// What became of it, as a sentence without its end: `step build, line 2: "make -j4" instead of "make"`.
    package var words: String
    /// Whether it is a part of the cache key. The rest changes records only.
    package var decides = true
}
