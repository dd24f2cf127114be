// One quantizer lane for int8: sawb_lane's rule with 7 bits of magnitude, q = clamp(RNE(RN(x * inverse))) to -127..127,
// two's complement, for a finite bf16 x. POW2 = 1: inverse is a power of two. Combinational.
//   inverse = 32'h40000000 (2):  x = 16'h3FA0 (1.25): q = 2.   x = 16'hC27D (-63.25): q = 8'h82 (-126, tie to even).
//   x = 16'h4280 (64): q = 8'h7F.
module int8_lane #(
    parameter POW2 = 0
) (
    input  wire [15:0] x,
    input  wire [31:0] inverse,
    output wire [ 7:0] q
);
  sawb_lane #(
      .POW2(POW2),
      .W(7)
  ) lane (
      .x(x),
      .inverse(inverse),
      .q(q)
  );
endmodule
