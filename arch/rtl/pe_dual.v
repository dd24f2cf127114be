// Processing element of two modes with one int_accumulator of W bits. mode 0: int4 a by int4 b (int4_mul); mode 1:
// int4 a by fp4_e3m0 b (shift_mul). Clear, enable, sum and overflow are int_accumulator's.
//   sum = 0, a = 4'h9 (-7), b = 4'h7: mode 0: sum = -49; mode 1: sum = -448.
module pe_dual #(
    parameter W = 24,
    parameter SATURATE = 0
) (
    input  wire         clk,
    input  wire         clear,
    input  wire         enable,
    input  wire         mode,
    input  wire [  3:0] a,
    input  wire [  3:0] b,
    output wire [W-1:0] sum,
    output wire         overflow
);
  wire [ 7:0] integers;
  wire [10:0] shifted;
  int4_mul multiply (
      .a(a),
      .b(b),
      .product(integers)
  );
  shift_mul shift (
      .a(a),
      .g(b),
      .product(shifted)
  );
  int_accumulator #(
      .W(W),
      .SATURATE(SATURATE),
      .IN(11)
  ) accumulate (
      .clk(clk),
      .clear(clear),
      .enable(enable),
      .term(mode ? shifted : {{3{integers[7]}}, integers}),
      .sum(sum),
      .overflow(overflow)
  );
endmodule
