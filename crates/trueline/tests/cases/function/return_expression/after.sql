create function f(a int) returns int return a + 1;
create function g(a int) returns int return f(a) + 1;
