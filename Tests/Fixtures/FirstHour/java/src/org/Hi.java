package org;

public class Hi {
    public static void main(String[] arguments) { System.out.println("hi from java"); }
}
