// The library is JavaScript without declarations; each import says what it takes from it.
declare module "@secvisogram/csaf-validator-lib/*";
