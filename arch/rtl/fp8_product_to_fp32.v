// What an exact product of small significands is in binary32: (-1)^sign significand 2^(exponent - 36), exponent 1 to
// 62: always zero or a normal number. nan and infinite win, in this order; NaN is canonical. Combinational.
//   sign = 1, exponent = 30, significand = 8'h40 (2^6): value = 32'hBF800000 (-1).   significand = 0: 32'h80000000.
module fp8_product_to_fp32 (
    input  wire        nan,
    input  wire        infinite,
    input  wire        sign,
    input  wire [ 5:0] exponent,
    input  wire [ 7:0] significand,
    output wire [31:0] value
);
  wire [7:0] bits;
  wire [2:0] zeros;
  normalise8 leading (
      .in(significand),
      .out(bits),
      .zeros(zeros)
  );
  // Bias 127, less 36, and the leading bit is worth 2^7.
  wire [7:0] field = {2'b00, exponent} + 8'd98 - {5'd0, zeros};
  assign value = nan ? 32'h7FC00000 : infinite ? {sign, 31'h7F800000} :
      {sign, field & {8{bits[7]}}, bits[6:0], 16'd0};
endmodule
