import java.util.HashMap;
import java.util.HashSet;

/** Hashes that objects are born with, and the order of sets of them. */
public class Hashes {
    enum Kind { A, B, C }

    public static void main(String[] arguments) {
        var objects = new HashSet<Object>();
        for (int i = 0; i < 5; i++) {
            var object = new Object();
            objects.add(object);
            System.out.println(System.identityHashCode(object) + " " + object);
        }
        System.out.println(objects);
        System.out.println(Kind.A.hashCode() + " " + Hashes.class.hashCode());
        var words = new HashMap<String, Integer>();
        for (int i = 0; i < 20; i++) words.put("word" + i, i);
        System.out.println(words);
    }
}
