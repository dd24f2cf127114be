// The integer that a FP7 [1,4,2] code holds, OUT bits, two's complement. Bits below 1 are dropped (products of integers
// have none), and OUT must hold the value: 11 bits for int4 x fp4_e3m0, 12 for uint4, 16 for every code. Combinational.
//   code = 7'h67 (-448): value = 11'h640.   code = 7'h40 (-0): value = 0.
module fp7_to_int #(
    parameter OUT = 11
) (
    input  wire        [    6:0] code,
    output wire signed [OUT-1:0] value
);
  // The significand is worth 2^(field - 3): shifted by field - 1 it has two bits below the point.
  wire [OUT+1:0] shifted = {{OUT - 1{1'b0}}, 1'b1, code[1:0]} << (code[5:2] - 4'd1);
  wire unused_fraction = &shifted[1:0];
  // Field 0 is zero, or a fraction.
  wire [OUT-1:0] magnitude = code[5:2] == 4'd0 ? {OUT{1'b0}} : shifted[OUT+1:2];
  assign value = code[6] ? -magnitude : magnitude;
endmodule
