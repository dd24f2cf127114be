// Processing element of int8 by int8: int8_mul and an int_accumulator of W bits. Clear, enable, sum and overflow are
// int_accumulator's.
//   sum = 0, a = 8'h81 (-127), b = 8'h05 (5): sum = -635.
module pe_int8 #(
    parameter W = 24,
    parameter SATURATE = 0
) (
    input  wire         clk,
    input  wire         clear,
    input  wire         enable,
    input  wire [  7:0] a,
    input  wire [  7:0] b,
    output wire [W-1:0] sum,
    output wire         overflow
);
  wire [15:0] product;
  int8_mul multiply (
      .a(a),
      .b(b),
      .product(product)
  );
  int_accumulator #(
      .W(W),
      .SATURATE(SATURATE),
      .IN(16)
  ) accumulate (
      .clk(clk),
      .clear(clear),
      .enable(enable),
      .term(product),
      .sum(sum),
      .overflow(overflow)
  );
endmodule
