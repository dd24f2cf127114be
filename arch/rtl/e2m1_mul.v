// Product of two fp4_e2m1 codes (0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives) in units of 1/4: exact, a signed
// integer of magnitude at most 144. Combinational.
//   a = 4'h7 (6), b = 4'hD (-3): product = 9'h1B8 (-72, which is -18).   a = 4'h8 (-0), b = 4'h7: product = 0.
module e2m1_mul (
    input  wire        [3:0] a,
    input  wire        [3:0] b,
    output wire signed [8:0] product
);
  // Field 0 has no hidden bit and the exponent of field 1. Significands have one bit below the point.
  wire [3:0] significand = {2'b00, a[2:1] != 2'd0, a[0]} * {2'b00, b[2:1] != 2'd0, b[0]};
  wire [1:0] a_shift = a[2:1] - {1'b0, a[2:1] != 2'd0};
  wire [1:0] b_shift = b[2:1] - {1'b0, b[2:1] != 2'd0};
  wire [2:0] shift = {1'b0, a_shift} + {1'b0, b_shift};
  wire [8:0] magnitude = {5'd0, significand} << shift;
  assign product = a[3] ^ b[3] ? -magnitude : magnitude;
endmodule
