/// A small generator with a seed, so that a failing round can be made again (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Up to eight scalars from anywhere in Unicode.
    mutating func text() -> String {
        var scalars = String.UnicodeScalarView()
        let count = Int.random(in: 0...8, using: &self)
        for _ in 0..<count {
            let limit: UInt32 = Bool.random(using: &self) ? 0x7f : 0x10ffff
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &self)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
