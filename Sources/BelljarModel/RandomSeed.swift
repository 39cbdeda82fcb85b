/// What seeded randomness begins with.
package enum RandomSeed {
    /// 32 bytes from the text in a recipe, which is empty where the recipe gives none: the SHA-256 of this prefix and
    /// the text. Nothing else goes in, neither the recipe's name nor its place, so that builds which are equal
    /// otherwise draw equal numbers.
    package static func bytes(_ text: String) -> [UInt8] {
        Digest(of: Array(("belljar seed 1\n" + text).utf8)).bytes
    }
}
